# SPDX-License-Identifier: Apache-2.0
"""Envoy as a reverse proxy, and with an external processor that adds a header to each request."""

import json
from pathlib import Path
from typing import Any

from .. import build, places
from .gateway import WORKERS, Command, Gateway, free_port
from .upstream import Upstream

Record = dict[str, Any]
HEADER = "x-bench-1"
_TYPES = "type.googleapis.com/envoy.extensions"


def gateway(upstream: Upstream) -> Gateway:
    port = free_port()

    def commands(folder: Path) -> list[Command]:
        return [_envoy(folder, port, upstream, filters=[], clusters=[])]

    return Gateway("envoy", "Envoy", port, commands)


def gateway_with_processor(upstream: Upstream) -> Gateway:
    port = free_port()

    def commands(folder: Path) -> list[Command]:
        path = str(folder / "processor")
        processor = Command([str(places.EXT_PROC), f"unix:{path}", HEADER, "world"])
        envoy = _envoy(folder, port, upstream, [_PROCESSOR_FILTER], [_processor_cluster(path)])
        return [processor, envoy]

    return Gateway("envoy-ext-proc", "Envoy, 1 ext_proc", port, commands, [HEADER])


def _envoy(
    folder: Path, port: int, upstream: Upstream, filters: list[Record], clusters: list[Record]
) -> Command:
    config = folder / "envoy.json"
    origin = _cluster("origin", {"socket_address": _socket_address(upstream.port)})
    resources = {"listeners": [_listener(port, filters)], "clusters": [origin, *clusters]}
    config.write_text(json.dumps({"static_resources": resources}, indent=1))
    options = ["--concurrency", str(WORKERS), "--disable-hot-restart", "--log-level", "error"]
    return Command([str(build.envoy()), "-c", str(config), *options])


def _listener(port: int, filters: list[Record]) -> Record:
    route = {"match": {"prefix": "/"}, "route": {"cluster": "origin"}}
    router = _typed("envoy.filters.http.router", "filters.http.router.v3.Router")
    manager = _typed(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="bench",
        codec_type="HTTP1",
        route_config={"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        http_filters=[*filters, router],
    )
    return {
        "name": "clients",
        "address": {"socket_address": _socket_address(port)},
        "filter_chains": [{"filters": [manager]}],
    }


# Of the phases only the request's head, as the plugins subscribe to.
_PROCESSOR_FILTER: Record = {
    "name": "envoy.filters.http.ext_proc",
    "typed_config": {
        "@type": f"{_TYPES}.filters.http.ext_proc.v3.ExternalProcessor",
        "grpc_service": {"envoy_grpc": {"cluster_name": "processor"}},
        "processing_mode": {
            "request_header_mode": "SEND",
            "response_header_mode": "SKIP",
            "request_trailer_mode": "SKIP",
            "response_trailer_mode": "SKIP",
        },
    },
}


def _processor_cluster(path: str) -> Record:
    http2 = {
        "@type": f"{_TYPES}.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {}},
    }
    return {
        **_cluster("processor", {"pipe": {"path": path}}),
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2
        },
    }


def _cluster(name: str, address: Record) -> Record:
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": address}}]}]
    return {
        "name": name,
        "type": "STATIC",
        "load_assignment": {"cluster_name": name, "endpoints": endpoints},
    }


def _socket_address(port: int) -> Record:
    return {"address": "127.0.0.1", "port_value": port}


def _typed(name: str, type_name: str, **config: Any) -> Record:
    return {"name": name, "typed_config": {"@type": f"{_TYPES}.{type_name}", **config}}

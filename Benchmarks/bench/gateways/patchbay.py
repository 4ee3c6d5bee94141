# SPDX-License-Identifier: Apache-2.0
"""Patchbay with the plugins given: one service, one route, plugins on the service."""

import json
from pathlib import Path
from typing import Any

from .. import build, places, traffic
from .gateway import WORKERS, Command, Gateway, free_port
from .upstream import Upstream

Record = dict[str, Any]
_KEY = "BENCH_UPSTREAM_AUTHORIZATION"
# No connection ends while it is measured; nginx is told the same, Envoy has no limit of its own.
_REQUESTS = 1_000_000_000
SETTINGS: Record = {
    "limits": {"keepalive_requests": _REQUESTS},
    "upstream": {"keepalive_max_requests": _REQUESTS},
}


def add_header(number: int) -> Record:
    config = {"name": f"x-bench-{number}", "value": "world"}
    return {"name": build.header_plugin(number), "config": config}


def swapped() -> Record:
    return {"name": build.SWAPPED, "config": {"name": "x-bench-swap", "value": "world"}}


def ai_proxy(upstream_port: int) -> Record:
    url = f"http://127.0.0.1:{upstream_port}{traffic.PATH}"
    return {
        "name": "ai-proxy",
        "config": {
            "route_type": "llm/v1/chat",
            "auth": {
                "header_name": "Authorization",
                "header_value": f"{{vault://env/{_KEY}}}",
            },
            "model": {
                "provider": "openai",
                "name": traffic.MODEL,
                "options": {"upstream_url": url},
            },
            "logging": {"log_statistics": True, "log_payloads": False},
        },
    }


def file_log(path: Path) -> Record:
    return {"name": "file-log", "config": {"path": str(path)}}


def command(
    folder: Path,
    port: int,
    upstream_port: int,
    plugins: list[Record],
    admin_port: int | None = None,
    workers: int = WORKERS,
) -> Command:
    service = {
        "name": "origin",
        "url": f"http://127.0.0.1:{upstream_port}",
        "routes": [{"name": "all", "paths": ["/"], "strip_path": False}],
        "plugins": plugins,
    }
    return running(folder, {"services": [service]}, port, admin_port, workers)


def running(
    folder: Path,
    entities: Record,
    port: int,
    admin_port: int | None = None,
    workers: int = WORKERS,
    settings: Record | None = None,
) -> Command:
    """With the entities given, and settings beside those that all have."""
    config = folder / "kong.json"
    settings = {**SETTINGS, "workers": workers, **(settings or {})}
    document = {"_format_version": "3.0", **entities, "patchbay": settings}
    config.write_text(json.dumps(document, indent=1))
    arguments = [str(places.PATCHBAY), "run", str(config)]
    arguments += ["--listen", f"127.0.0.1:{port}"]
    arguments += ["--admin", f"127.0.0.1:{admin_port or free_port()}"]
    arguments += ["--plugins", str(places.PACKAGES)]
    return Command(arguments, {_KEY: "Bearer bench"})


def gateway(
    name: str, label: str, upstream: Upstream, plugins: list[Record], workers: int = WORKERS
) -> Gateway:
    port, admin_port = free_port(), free_port()
    headers = [
        plugin["config"]["name"] for plugin in plugins if plugin["name"].startswith("add-header")
    ]
    return Gateway(
        name,
        label,
        port,
        lambda folder: [command(folder, port, upstream.port, plugins, admin_port, workers)],
        headers,
        admin_port=admin_port,
    )

# SPDX-License-Identifier: Apache-2.0
"""Who the client is, and what upstreams and clients are told of it: Kong's headers and Kong's rules of trust."""

import contextlib
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from harness import Gateway, KongFile, LogFile, file_log, request
from harness.raw_upstream import RawUpstream, read_head
from tests.conftest import StartGateway

VERSION = "0.1.0"


class Echo(RawUpstream):
    """Keeps the heads that it gets."""

    def __init__(self, answer: bytes = b"") -> None:
        self.heads: list[dict[str, str]] = []
        self._answer = answer
        super().__init__(self._serve_one)

    def _serve_one(self, connection: socket.socket) -> None:
        while head := read_head(connection):
            lines = head.decode().split("\r\n")[1:-2]
            pairs = [line.partition(": ") for line in lines]
            self.heads.append({name.lower(): value for name, _, value in pairs})
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + self._answer + b"\r\nok"
            )

    def last(self) -> dict[str, str]:
        return self.heads[-1]


SENT = {
    "X-Forwarded-For": "1.1.1.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "there.example",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Path": "/there",
    "X-Forwarded-Prefix": "/pre",
    "X-Real-IP": "2.2.2.2",
}


def test_a_client_that_is_not_trusted_is_not_believed(start_gateway: StartGateway) -> None:
    with Echo() as upstream:
        file = KongFile().route("/raw", url=upstream.url)
        with start_gateway(file) as gateway:
            request(
                gateway.address, "GET", "/raw/a%2Fb?q=1", headers=SENT | {"Host": "here.example:81"}
            )
            head = upstream.last()
            assert head["x-forwarded-for"] == "1.1.1.1, 127.0.0.1"
            assert head["x-real-ip"] == "127.0.0.1"
            assert head["x-forwarded-proto"] == "http"
            assert head["x-forwarded-host"] == "here.example"
            assert head["x-forwarded-port"] == str(gateway.port)
            assert head["x-forwarded-path"] == "/raw/a%2Fb"
            assert head["x-forwarded-prefix"] == "/raw"


def test_a_trusted_proxy_is_believed(start_gateway: StartGateway) -> None:
    with Echo() as upstream:
        file = KongFile(trusted_ips=["127.0.0.1"]).route("/raw", url=upstream.url)
        with start_gateway(file) as gateway:
            request(gateway.address, "GET", "/raw", headers=SENT)
            head = upstream.last()
            assert head["x-forwarded-for"] == "1.1.1.1, 127.0.0.1"
            assert head["x-real-ip"] == "2.2.2.2"
            for name in ("Proto", "Host", "Port", "Path", "Prefix"):
                assert head[f"x-forwarded-{name.lower()}"] == SENT[f"X-Forwarded-{name}"]
            # What it does not say, we do.
            request(gateway.address, "GET", "/raw/x")
            head = upstream.last()
            assert head["x-forwarded-for"] == "127.0.0.1"
            assert head["x-real-ip"] == "127.0.0.1"
            assert head["x-forwarded-path"] == "/raw/x"


def test_a_prefix_that_stays_is_none(start_gateway: StartGateway) -> None:
    with Echo() as upstream:
        file = KongFile().route("/raw", url=upstream.url).route("/", url=upstream.url)
        file.services[0]["routes"][0]["strip_path"] = False
        file.services[1]["name"] = file.services[1]["routes"][0]["name"] = "all"
        with start_gateway(file) as gateway:
            for path in ("/raw/x", "/other"):
                request(gateway.address, "GET", path, headers={"X-Forwarded-Prefix": "/pre"})
                assert "x-forwarded-prefix" not in upstream.last()


@pytest.mark.parametrize(
    ("settings", "forwarded", "expected"),
    [
        ({}, "1.1.1.1", "127.0.0.1"),
        ({"real_ip_header": "X-Forwarded-For"}, "1.1.1.1, 10.0.0.9", "10.0.0.9"),
        (
            {"real_ip_header": "X-Forwarded-For", "real_ip_recursive": True},
            "9.9.9.9, 1.1.1.1, 10.0.0.9",
            "1.1.1.1",
        ),
        ({"real_ip_header": "X-Forwarded-For"}, "nobody", "127.0.0.1"),
    ],
    ids=["other-header", "last", "recursive", "no-address"],
)
def test_the_real_address_is_what_logs_see(
    start_gateway: StartGateway,
    tmp_path: Path,
    settings: dict[str, Any],
    forwarded: str,
    expected: str,
) -> None:
    log = LogFile(tmp_path / "file.log")
    with Echo() as upstream:
        file = KongFile(trusted_ips=["127.0.0.1", "10.0.0.0/8"], **settings)
        file.route("/raw", file_log(log.path), url=upstream.url)
        with start_gateway(file) as gateway:
            headers = {"X-Forwarded-For": forwarded, "x-test": "real"}
            request(gateway.address, "GET", "/raw", headers=headers)
            assert log.entry("real")["client_ip"] == expected
            assert upstream.last()["x-real-ip"] == expected
            assert upstream.last()["x-forwarded-for"] == f"{forwarded}, 127.0.0.1"


def test_via_and_request_ids_pass_both_ways(start_gateway: StartGateway) -> None:
    with Echo(b"Via: 1.1 origin\r\nServer: theirs\r\n") as upstream:
        file = KongFile().route("/raw", url=upstream.url)
        with start_gateway(file) as gateway:
            headers = {"Via": "1.0 first", "X-Kong-Request-Id": "forged"}
            response = request(gateway.address, "GET", "/raw", headers=headers)
            assert upstream.last()["via"] == f"1.0 first, 1.1 patchbay/{VERSION}"
            assert response.header("via") == f"1.1 origin, 1.1 patchbay/{VERSION}"
            assert response.header("server") == "theirs"
            number = response.header("x-patchbay-request-id")
            assert number and re.fullmatch("[0-9a-f]{32}", number)
            assert response.header("x-kong-request-id") == number
            assert upstream.last()["x-kong-request-id"] == number
            assert response.header("x-kong-upstream-latency")
            assert response.header("x-kong-proxy-latency")
            assert response.header("x-kong-response-latency") is None
            assert response.header("x-kong-upstream-status") is None


def test_the_gateways_own_answers_say_whose_they_are(start_gateway: StartGateway) -> None:
    with start_gateway(KongFile()) as gateway:
        response = request(gateway.address, "GET", "/none")
        assert response.status == 404
        assert response.header("server") == f"patchbay/{VERSION}"
        assert response.header("via") is None
        assert response.header("x-kong-response-latency") is not None
        assert response.header("x-kong-upstream-latency") is None


def test_headers_can_be_chosen(start_gateway: StartGateway) -> None:
    with Echo() as upstream:
        chosen = {"headers": ["X-Kong-Upstream-Status"], "headers_upstream": "off"}
        file = KongFile(**chosen).route("/raw", url=upstream.url)
        with start_gateway(file) as gateway:
            for path in ("/raw", "/none"):
                response = request(gateway.address, "GET", path)
                for name in ("via", "server", "x-kong-request-id", "x-kong-response-latency"):
                    assert response.header(name) is None, name
                assert response.header("x-patchbay-request-id")
            assert "x-kong-request-id" not in upstream.last()
            assert "via" not in upstream.last()
            proxied = request(gateway.address, "GET", "/raw")
            assert proxied.header("x-kong-upstream-status") == "200"
            assert proxied.header("x-kong-proxy-latency") is None


V1 = b"PROXY TCP4 203.0.113.7 192.0.2.1 5555 80\r\n"
V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([203, 0, 113, 7, 192, 0, 2, 1, 0, 1, 0, 80])
ASK = b"GET /raw HTTP/1.1\r\nHost: x\r\nx-test: proxy\r\n\r\n"


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
@pytest.mark.parametrize("count", [1, 0], ids=["together", "in-pieces"])
def test_the_proxy_protocol_names_the_client(tmp_path: Path, header: bytes, count: int) -> None:
    log = LogFile(tmp_path / "file.log")
    with Echo() as upstream:
        file = KongFile(trusted_ips=["127.0.0.0/8"], real_ip_header="proxy_protocol")
        file.route("/raw", file_log(log.path), url=upstream.url)
        with ProxyGateway(file, tmp_path) as gateway, client(gateway) as raw:
            if count:
                raw.sendall(header + ASK)
            else:
                for byte in header + ASK:
                    raw.sendall(bytes([byte]))
            assert read_head(raw).startswith(b"HTTP/1.1 200 OK\r\n")
            assert upstream.last()["x-real-ip"] == "203.0.113.7"
            assert log.entry("proxy")["client_ip"] == "203.0.113.7"


@pytest.mark.parametrize("settings", [{}, {"real_ip_header": "proxy_protocol"}])
def test_a_proxy_header_of_a_stranger_names_nobody(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    """As in Kong: it is read, and counts only from those who are trusted, and where asked for."""
    with Echo() as upstream:
        file = KongFile(**settings).route("/raw", url=upstream.url)
        with ProxyGateway(file, tmp_path) as gateway, client(gateway) as raw:
            raw.sendall(V1 + ASK)
            read_head(raw)
            assert upstream.last()["x-real-ip"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("sent", "code"),
    [(ASK, "proxy-header-missing"), (b"PROXY ", "proxy-header-timeout")],
    ids=["missing", "slow"],
)
def test_without_its_header_a_connection_is_closed(tmp_path: Path, sent: bytes, code: str) -> None:
    with ProxyGateway(KongFile(limits={"client_header_timeout": 300}), tmp_path) as gateway:
        with client(gateway) as raw:
            raw.sendall(sent)
            with contextlib.suppress(ConnectionError):
                assert raw.recv(100) == b""
        gateway.wait_for_log(f'"reason":"{code}"')


def test_a_client_behind_a_proxy_may_have_so_many(tmp_path: Path) -> None:
    limits = {"connections_per_address": 1}
    proxies = {"trusted_ips": ["127.0.0.0/8"], "real_ip_header": "proxy_protocol"}
    file = KongFile(limits=limits, **proxies)
    with ProxyGateway(file, tmp_path) as gateway, client(gateway) as one, client(gateway) as two:
        one.sendall(V1 + ASK)
        assert read_head(one).startswith(b"HTTP/1.1 404 ")
        two.sendall(V2 + ASK)
        with contextlib.suppress(ConnectionError):
            assert two.recv(100) == b""
        gateway.wait_for_log('"reason":"too-many-connections-of-address"')


class ProxyGateway(Gateway):
    """Its listener asks for a PROXY header."""

    def __init__(self, file: KongFile, directory: Path) -> None:
        super().__init__(file, directory)
        self.listener = " proxy_protocol"


def client(gateway: Gateway) -> socket.socket:
    return socket.create_connection(gateway.address, timeout=20)


@pytest.mark.parametrize(
    ("accept", "kind", "begin"),
    [
        (
            "*/*",
            "application/json",
            b'{"message":"no Route matched with those values","request_id":',
        ),
        ("text/html,application/xml;q=0.9,*/*;q=0.8", "text/html", b"<!doctype html>"),
        ("application/xml", "application/xml", b'<?xml version="1.0" encoding="UTF-8"?>\n<error>'),
        ("text/plain", "text/plain", b"no Route matched with those values\nrequest_id: "),
        ("image/png", "application/json", b"{"),
    ],
)
def test_an_error_is_in_the_clients_type(
    gateway: Gateway, accept: str, kind: str, begin: bytes
) -> None:
    response = request(gateway.address, "GET", "/none", headers={"Accept": accept})
    assert response.status == 404
    assert response.header("content-type") == f"{kind}; charset=utf-8"
    assert response.body.startswith(begin)
    number = response.header("x-patchbay-request-id")
    assert number and number.encode() in response.body
    assert b"no Route matched with those values" in response.body


def test_the_type_of_errors_has_a_default(start_gateway: StartGateway) -> None:
    with start_gateway(KongFile(error_default_type="text/plain")) as gateway:
        with socket.create_connection(gateway.address, timeout=20) as raw:
            raw.sendall(b"GET /none HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"\r\nContent-Type: text/plain; charset=utf-8\r\n" in read_head(raw)

# SPDX-License-Identifier: Apache-2.0
"""Limits on clients: each has a clear answer, a counter in /status, and a line in the error log with the request's id."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from harness import Gateway, KongFile, request
from harness.raw_upstream import RawUpstream, read_exactly, read_head
from tests.conftest import StartGateway

REQUEST = b"GET /raw HTTP/1.1\r\nHost: x\r\n\r\n"


def client(gateway: Gateway) -> socket.socket:
    return socket.create_connection(gateway.address, timeout=20)


def answer(connection: socket.socket) -> bytes:
    """A head without a body."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    return b""


def serve(connection: socket.socket) -> None:
    """Answers requests without a body."""
    while read_head(connection):
        answer(connection)


def swallow(connection: socket.socket) -> None:
    """Reads all that comes, and never answers."""
    while connection.recv(65536):
        pass


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def message(response: bytes) -> dict[str, Any]:
    head, _, body = response.partition(b"\r\n\r\n")
    found: dict[str, Any] = json.loads(body)
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n")]
    assert b"x-patchbay-request-id" in names
    assert b"x-kong-response-latency" in names
    assert found["request_id"].encode() in head
    return found


def refusal(gateway: Gateway, code: str) -> dict[str, Any]:
    """The error log's line about it; it is counted as well."""
    gateway.wait_for_log(f'"reason":"{code}"')
    assert gateway.admin("/status")["gateway"]["refusals"][code] >= 1
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in gateway.log if f'"reason":"{code}"' in line
    ]
    assert lines[-1]["client"] == "127.0.0.1"
    return lines[-1]


CASES: list[tuple[str, bytes, int, str, str]] = [
    (
        "head",
        b"GET /raw HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 5000,
        431,
        "Request header or cookie too large",
        "head-too-large",
    ),
    (
        "count",
        b"GET /raw HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20 + b"\r\n",
        431,
        "Request header or cookie too large",
        "too-many-headers",
    ),
    ("target", b"GET /" + b"a" * 2000, 414, "URI too long", "target-too-long"),
    (
        "length",
        b"POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n",
        413,
        "Payload too large",
        "request_too_large",
    ),
    (
        "chunks",
        b"POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        + (b"400\r\n" + b"x" * 1024 + b"\r\n") * 5,
        413,
        "Payload too large",
        "request_too_large",
    ),
    (
        "extensions",
        b"POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 8192,
        400,
        "Bad request",
        "chunk-extension-too-long",
    ),
    (
        "trailers",
        b"POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: "
        + b"a" * 10000,
        431,
        "Request header or cookie too large",
        "trailers-too-large",
    ),
    (
        "expectation",
        b"POST /raw HTTP/1.1\r\nHost: x\r\nExpect: rain\r\nContent-Length: 1\r\n\r\n",
        417,
        "Expectation failed",
        "bad-expectation",
    ),
]


@pytest.fixture
def small(start_gateway: StartGateway) -> Callable[[RawUpstream], Any]:
    limits = {
        "request_head": "4KiB",
        "request_target": 1024,
        "header_count": 16,
        "request_body": "4KiB",
    }

    def start(upstream: RawUpstream) -> Any:
        return start_gateway(KongFile(limits=limits).route("/raw", url=upstream.url))

    return start


@pytest.mark.parametrize(
    ("sent", "status", "words", "code"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_too_much_is_refused_and_told(
    small: Callable[[RawUpstream], Any], sent: bytes, status: int, words: str, code: str
) -> None:
    with RawUpstream(swallow) as upstream, small(upstream) as gateway:
        with client(gateway) as raw:
            raw.sendall(sent)
            response = read_all(raw)
        assert response.startswith(b"HTTP/1.1 %d " % status), response
        found = message(response)
        assert found["message"] == words
        assert refusal(gateway, code)["request_id"] == found["request_id"]


@pytest.mark.parametrize(
    "piece", [b"G", b"GET /raw HTTP/1.1\r\nHost: x\r\nX"], ids=["line", "field"]
)
def test_a_slow_head_is_answered_with_408(start_gateway: StartGateway, piece: bytes) -> None:
    """Byte by byte gets no more time: the whole head has to be there."""
    file = KongFile(limits={"client_header_timeout": 400})
    with start_gateway(file) as gateway, client(gateway) as raw:
        began = time.monotonic()
        raw.sendall(piece)
        raw.settimeout(0.05)
        response = b""
        while time.monotonic() - began < 5:
            try:
                if received := raw.recv(65536):
                    response += received
                    continue
                break
            except TimeoutError:
                if not response:
                    raw.sendall(b"a")
        assert 0.35 < time.monotonic() - began < 3
        assert response.startswith(b"HTTP/1.1 408 Request Timeout\r\n"), response
        assert message(response)["message"] == "Request timeout"
        refusal(gateway, "client-header-timeout")


def test_a_client_that_says_nothing_is_told_nothing(start_gateway: StartGateway) -> None:
    with start_gateway(KongFile(limits={"client_header_timeout": 200})) as gateway:
        with client(gateway) as raw:
            assert read_all(raw) == b""
        refusal(gateway, "client-header-timeout")


@pytest.mark.parametrize("framing", [b"Content-Length: 10", b"Transfer-Encoding: chunked"])
def test_a_slow_body_is_answered_with_408(start_gateway: StartGateway, framing: bytes) -> None:
    """Its time begins anew with each read."""
    file = KongFile(limits={"client_body_timeout": 400})
    with RawUpstream(swallow) as upstream:
        file.route("/raw", url=upstream.url)
        with start_gateway(file) as gateway, client(gateway) as raw:
            raw.sendall(b"POST /raw HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n" % framing)
            body = b"5\r\nhello\r\n"[:9]
            for byte in body:
                raw.sendall(bytes([byte]))
                assert not _readable(raw, 0.1)
            response = read_all(raw)
            assert response.startswith(b"HTTP/1.1 408 Request Timeout\r\n"), response
            found = message(response)
            line = refusal(gateway, "client-body-timeout")
            assert line["request_id"] == found["request_id"]


def test_a_slow_upstream_is_not_the_clients_fault(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        time.sleep(0.6)
        answer(connection)

    limits = {"client_body_timeout": 100, "client_header_timeout": 100, "keepalive_timeout": 100}
    with RawUpstream(talk) as upstream:
        file = KongFile(limits=limits).route("/raw", url=upstream.url)
        with start_gateway(file) as gateway, client(gateway) as raw:
            raw.sendall(REQUEST)
            assert read_head(raw).startswith(b"HTTP/1.1 200 OK\r\n")


def test_an_idle_connection_is_closed(start_gateway: StartGateway) -> None:
    with RawUpstream(serve) as upstream:
        file = KongFile(limits={"keepalive_timeout": 300}).route("/raw", url=upstream.url)
        with start_gateway(file) as gateway, client(gateway) as raw:
            for _ in range(3):
                raw.sendall(REQUEST)
                read_head(raw)
                assert read_exactly(raw, 2) == b"ok"
                time.sleep(0.1)
            began = time.monotonic()
            assert read_all(raw) == b""
            assert 0.15 < time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("limits", "count"), [({"keepalive_requests": 3}, 3), ({"keepalive_timeout": 0}, 1)]
)
def test_a_connection_has_so_many_requests(
    start_gateway: StartGateway, limits: dict[str, int], count: int
) -> None:
    with RawUpstream(serve) as upstream:
        file = KongFile(limits=limits).route("/raw", url=upstream.url)
        with start_gateway(file) as gateway, client(gateway) as raw:
            raw.sendall(REQUEST * 5)
            response = read_all(raw)
            assert response.count(b"HTTP/1.1 200 OK\r\n") == count
            assert response.count(b"Connection: close\r\n") == 1


def test_a_client_that_does_not_read_is_cut_off(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 << 20))
        connection.sendall(b"x" * (64 << 20))

    with RawUpstream(talk) as upstream:
        file = KongFile(limits={"send_timeout": 1500}).route("/raw", url=upstream.url)
        with start_gateway(file) as gateway, client(gateway) as raw, client(gateway) as slow:
            for connection in (raw, slow):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
                connection.sendall(REQUEST)
            # One that reads, however slowly, stays.
            for _ in range(30):
                assert slow.recv(65536)
                time.sleep(0.1)
            line = refusal(gateway, "send-timeout")
            assert len(line["request_id"]) == 32
            assert gateway.admin("/status")["gateway"]["refusals"]["send-timeout"] == 1


def test_too_many_connections_are_told_so(start_gateway: StartGateway) -> None:
    with RawUpstream(serve) as upstream:
        file = KongFile(limits={"connections": 3}).route("/raw", url=upstream.url)
        with start_gateway(file) as gateway:
            inside = [client(gateway) for _ in range(3)]
            for raw in inside:
                raw.sendall(REQUEST)
                assert read_head(raw).startswith(b"HTTP/1.1 200 OK\r\n")
            with client(gateway) as one_more:
                one_more.sendall(REQUEST)
                response = read_all(one_more)
            assert response.startswith(b"HTTP/1.1 503 Service Unavailable\r\n"), response
            assert message(response)["message"] == "Too many connections"
            refusal(gateway, "too-many-connections")
            status = gateway.admin("/status")["gateway"]
            assert status["connections"]["active"] == 3
            assert status["connections"]["accepted"] == 4
            # Who leaves makes room.
            inside.pop().close()
            assert _until(lambda: _connections(gateway) == 2)
            with client(gateway) as next_one:
                next_one.sendall(REQUEST)
                assert read_head(next_one).startswith(b"HTTP/1.1 200 OK\r\n")
            for raw in inside:
                raw.close()


def test_connections_of_one_address_are_limited(start_gateway: StartGateway) -> None:
    file = KongFile(limits={"connections_per_address": 2})
    with start_gateway(file) as gateway, client(gateway), client(gateway):
        assert _until(lambda: _connections(gateway) == 2)
        with client(gateway) as one_more:
            assert read_all(one_more).startswith(b"HTTP/1.1 503 ")
        with socket.socket() as other:
            other.bind(("127.0.0.2", 0))
            other.settimeout(20)
            other.connect(gateway.address)
            other.sendall(REQUEST)
            assert read_head(other).startswith(b"HTTP/1.1 404 ")
        refusal(gateway, "too-many-connections-of-address")


def test_a_proxy_that_is_trusted_may_have_many(start_gateway: StartGateway) -> None:
    file = KongFile(limits={"connections_per_address": 1}, trusted_ips=["127.0.0.0/8"])
    with start_gateway(file) as gateway, client(gateway), client(gateway):
        assert request(gateway.address, "GET", "/none").status == 404


def _connections(gateway: Gateway) -> int:
    count: int = gateway.admin("/status")["gateway"]["connections"]["active"]
    return count


def _readable(connection: socket.socket, seconds: float) -> bool:
    connection.settimeout(seconds)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except TimeoutError:
        return False
    finally:
        connection.settimeout(20)


def _until(holds: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False

# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 to upstreams: chosen by ALPN over TLS, or by configuration without it."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from harness import Certificates, Gateway, KongFile, connect, request
from harness.http2_upstream import HTTP2Upstream, Stream, Talk
from harness.raw_upstream import RawUpstream, read_exactly, read_head
from tests.conftest import StartGateway

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@contextmanager
def running(
    start_gateway: StartGateway,
    talk: Talk,
    service: dict[str, Any] | None = None,
    upstream: dict[str, Any] | None = None,
    **settings: int,
) -> Iterator[tuple[Gateway, HTTP2Upstream]]:
    """Without TLS: the gateway knows that the upstream speaks HTTP/2."""
    with HTTP2Upstream(talk, **settings) as server:
        known = {"http2_prior_knowledge": [f"127.0.0.1:{server.port}"], **(upstream or {})}
        file = KongFile(workers=1, upstream=known, limits={"request_body": "64MiB"})
        with start_gateway(file.route("/x", url=server.url, **(service or {}))) as gateway:
            yield gateway, server


def answer(stream: Stream) -> None:
    stream.wait_until_ended()
    stream.answer(b"hello")


def get(gateway: Gateway, path: str = "/x") -> int:
    return request(gateway.address, "GET", path).status


def test_an_upstream_with_tls_chooses_http2(
    start_gateway: StartGateway, certificates: Certificates
) -> None:
    with HTTP2Upstream(answer, certificates.server("h2", "DNS:localhost")) as upstream:
        file = KongFile(workers=1, trusted_certificates=str(certificates.authority))
        file.route("/x", url=f"https://localhost:{upstream.port}/base")
        with start_gateway(file) as gateway:
            headers = {"X-Mixed-Case": "1", "Connection": "X-Gone", "X-Gone": "1"}
            response = request(gateway.address, "GET", "/x/y?z=1", headers=headers)
            assert response.status == 200, response
            assert response.body == b"hello"
            assert response.header("content-length") == "5"
            assert get(gateway) == 200
        assert len(upstream.connections) == 1
        stream = upstream.streams[0]
        assert stream.header(":method") == "GET"
        assert stream.header(":scheme") == "https"
        assert stream.header(":authority") == f"localhost:{upstream.port}"
        assert stream.header(":path") == "/base/y?z=1"
        assert stream.header("x-mixed-case") == "1"
        assert stream.header("x-real-ip") == "127.0.0.1"
        for name in ("host", "connection", "x-gone", "transfer-encoding"):
            assert stream.header(name) is None


def test_http2_is_not_offered_where_it_is_switched_off(
    start_gateway: StartGateway, certificates: Certificates
) -> None:
    protocols: list[str | None] = []
    tls = certificates.server("both", "IP:127.0.0.1")
    tls.set_alpn_protocols(["h2", "http/1.1"])

    def talk(connection: socket.socket) -> None:
        with tls.wrap_socket(connection, server_side=True) as secure:
            protocols.append(secure.selected_alpn_protocol())
            read_head(secure)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    file = KongFile(
        upstream={"http2": False}, trusted_certificates=str(certificates.authority)
    )
    with RawUpstream(talk) as upstream:
        file.route("/x", url=upstream.url.replace("http:", "https:"))
        with start_gateway(file) as gateway:
            assert get(gateway) == 200
    assert protocols == ["http/1.1"]


def test_requests_share_a_connection(start_gateway: StartGateway) -> None:
    go_on = threading.Event()

    def talk(stream: Stream) -> None:
        go_on.wait(20)
        stream.answer()

    with running(start_gateway, talk) as (gateway, upstream), ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(get, gateway) for _ in range(20)]
        upstream.wait_for_streams(20)
        go_on.set()
        assert {one.result(20) for one in answers} == {200}
        assert len(upstream.connections) == 1


def test_the_upstreams_limit_of_streams_holds(start_gateway: StartGateway) -> None:
    def talk(stream: Stream) -> None:
        threading.Event().wait(0.02)
        stream.answer()

    with (
        running(
            start_gateway, talk, upstream={"max_connections": 2}, max_concurrent_streams=3
        ) as (gateway, upstream),
        ThreadPoolExecutor(20) as pool,
    ):
        answers = [pool.submit(get, gateway) for _ in range(40)]
        assert {one.result(20) for one in answers} == {200}
        assert len(upstream.connections) <= 2
        assert max(one.most_at_once for one in upstream.connections) <= 3


@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunked"])
def test_a_large_body_goes_up_through_the_windows(
    start_gateway: StartGateway, is_chunked: bool
) -> None:
    body = bytes(range(256)) * (8 * MEGABYTE // 256)

    def talk(stream: Stream) -> None:
        assert stream.wait_until_ended() == body
        stream.answer()

    with running(start_gateway, talk) as (gateway, upstream):
        connection = connect(gateway.address)
        content: Any = iter([body[:MEGABYTE], body[MEGABYTE:]]) if is_chunked else body
        connection.request("POST", "/x", content, encode_chunked=is_chunked)
        assert connection.getresponse().status == 200
        length = upstream.streams[0].header("content-length")
        assert length == (None if is_chunked else str(len(body)))


def test_a_large_body_comes_down_as_fast_as_the_client_reads(start_gateway: StartGateway) -> None:
    body = bytes(range(256)) * (32 * MEGABYTE // 256)
    sent = 0

    def talk(stream: Stream) -> None:
        nonlocal sent
        stream.head(200, ("content-length", str(len(body))))
        for start in range(0, len(body), 65536):
            stream.send(body[start : start + 65536], end=start + 65536 == len(body))
            sent = start + 65536

    with running(start_gateway, talk) as (gateway, upstream):
        with socket.create_connection(gateway.address, timeout=20) as slow:
            slow.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            read_head(slow)
            last = -1
            while sent != last:  # until nobody takes more
                last = sent
                time.sleep(0.3)
            assert sent < len(body) / 2, "the upstream was not slowed down"
            # Others are served on the same connection all the same.
            other = socket.create_connection(gateway.address, timeout=20)
            other.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            read_head(other)
            assert read_exactly(other, MEGABYTE) == body[:MEGABYTE]
            other.close()
            assert upstream.streams[1].wait_until_reset() == 8
            assert read_exactly(slow, len(body)) == body
        assert len(upstream.connections) == 1


def test_each_piece_of_a_stream_is_passed_on_at_once(start_gateway: StartGateway) -> None:
    seen = threading.Semaphore(0)

    def talk(stream: Stream) -> None:
        stream.head(200, ("content-type", "text/event-stream"))
        for number in range(50):
            stream.send(b"data: %d\n\n" % number)
            # The next one comes only when this one has arrived.
            assert seen.acquire(timeout=10)
        stream.end()

    with running(start_gateway, talk) as (gateway, _):
        connection = connect(gateway.address)
        connection.request("GET", "/x")
        response = connection.getresponse()
        for number in range(50):
            assert response.read1() == b"data: %d\n\n" % number
            seen.release()
        assert response.read() == b""


def test_trailers_and_early_hints_pass(start_gateway: StartGateway) -> None:
    def talk(stream: Stream) -> None:
        stream.wait_until_ended()
        stream.head(103, ("link", "</a.css>; rel=preload"))
        stream.head(200)
        stream.send(b"yes")
        stream.end(("x-count", "3"))

    with (
        running(start_gateway, talk) as (gateway, upstream),
        socket.create_connection(gateway.address, timeout=20) as raw,
    ):
        raw.sendall(
            b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
            b"2\r\nhi\r\n"
        )
        upstream.wait_for_streams(1)
        raw.sendall(b"0\r\nX-Sum: 1\r\n\r\n")
        hints = read_head(raw)
        assert hints.startswith(b"HTTP/1.1 103 ")
        assert b"link: </a.css>; rel=preload\r\n" in hints
        assert read_head(raw).startswith(b"HTTP/1.1 200 ")
        end = b"3\r\nyes\r\n0\r\nx-count: 3\r\n\r\n"
        assert read_exactly(raw, len(end)) == end
        stream = upstream.streams[0]
        assert stream.body == b"hi"
        assert stream.trailers == [("x-sum", "1")]


@pytest.mark.parametrize("ends_with_head", [True, False])
def test_a_response_to_head_has_no_body(start_gateway: StartGateway, ends_with_head: bool) -> None:
    def talk(stream: Stream) -> None:
        stream.head(200, ("content-length", "1234"), end=ends_with_head)

    with running(start_gateway, talk) as (gateway, upstream):
        connection = connect(gateway.address)
        for _ in range(3):
            connection.request("HEAD", "/x")
            response = connection.getresponse()
            assert response.status == 200
            assert response.getheader("content-length") == "1234"
            assert response.read() == b""
        assert len(upstream.connections) == 1


def test_a_client_that_leaves_resets_its_stream_only(start_gateway: StartGateway) -> None:
    def talk(stream: Stream) -> None:
        if stream.header(":path") == "/slow":
            stream.head()
            stream.send(b"x")
            stream.wait_until_reset()
        else:
            stream.answer()

    with running(start_gateway, talk) as (gateway, upstream):
        gone = socket.create_connection(gateway.address, timeout=20)
        gone.sendall(b"GET /x/slow HTTP/1.1\r\nHost: x\r\n\r\n")
        read_head(gone)
        gone.close()
        assert upstream.streams[0].wait_until_reset() == 8
        assert get(gateway) == 200
        assert len(upstream.connections) == 1


# What goes wrong.


def test_a_refused_stream_is_tried_again(start_gateway: StartGateway) -> None:
    """POST too: the upstream says that it has not looked at it."""
    refusals = 2

    def talk(stream: Stream) -> None:
        nonlocal refusals
        assert stream.wait_until_ended() == b"body"
        if refusals:
            refusals -= 1
            stream.refuse()
        else:
            stream.answer()

    with running(start_gateway, talk) as (gateway, upstream):
        assert post_at_once(gateway, "/x").startswith(b"HTTP/1.1 200 ")
        assert len(upstream.streams) == 3


def test_refusals_have_an_end(start_gateway: StartGateway) -> None:
    with running(start_gateway, Stream.refuse, {"retries": 2}) as (gateway, upstream):
        assert get(gateway) == 503
        assert len(upstream.streams) == 3


def post_at_once(gateway: Gateway, path: str) -> bytes:
    """The whole answer to a request whose body comes with its head: one that comes later is gone when it was sent on."""
    with socket.create_connection(gateway.address, timeout=20) as raw:
        raw.sendall(
            f"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody".encode()
        )
        return b"".join(iter(lambda: raw.recv(65536), b""))


def test_an_upstream_that_goes_away_finishes_what_it_has_begun(start_gateway: StartGateway) -> None:
    """What it has not begun goes to another connection, POST too."""
    first = threading.Event()

    def talk(stream: Stream) -> None:
        path = stream.header(":path")
        if path == "/one":
            first.wait(20)
        elif stream.connection is stream.connection.upstream.connections[0]:
            stream.wait_until_ended()
            stream.connection.go_away(last=1)
            return
        stream.answer(str(path).encode())

    with running(start_gateway, talk) as (gateway, upstream), ThreadPoolExecutor(2) as pool:
        one = pool.submit(request, gateway.address, "GET", "/x/one")
        upstream.wait_for_streams(1)
        two = pool.submit(post_at_once, gateway, "/x/two")
        assert two.result(20).endswith(b"\r\n\r\n/two")
        assert len(upstream.connections) == 2
        first.set()
        assert one.result(20).body == b"/one"
        # The connection is closed by the gateway behind its last stream.
        upstream.connections[0].wait_for(lambda: upstream.connections[0].socket.fileno() == -1)
        assert get(gateway) == 200
        assert len(upstream.connections) == 2


def test_a_reset_within_a_body_cuts_the_response(start_gateway: StartGateway) -> None:
    def talk(stream: Stream) -> None:
        stream.head(200, ("content-length", "100"))
        stream.send(b"the start")
        stream.refuse(2)

    with running(start_gateway, talk) as (gateway, _):
        response = request(gateway.address, "GET", "/x")
        assert response.status == 200
        assert response.body == b"the start"
        assert not response.is_complete


def test_silence_is_a_read_timeout_of_one_stream(start_gateway: StartGateway) -> None:
    def talk(stream: Stream) -> None:
        if stream.header(":path") == "/never":
            stream.wait_until_reset()
        else:
            stream.answer()

    service = {"read_timeout": 300, "retries": 0}
    with running(start_gateway, talk, service) as (gateway, upstream):
        assert get(gateway) == 200
        assert get(gateway, "/x/never") == 504
        assert upstream.streams[1].wait_until_reset() == 8
        assert get(gateway) == 200


def test_a_closed_window_is_a_write_timeout(start_gateway: StartGateway) -> None:
    def talk(stream: Stream) -> None:
        stream.wait_until_reset()

    service = {"write_timeout": 300, "retries": 0}
    with running(start_gateway, talk, service) as (gateway, upstream):
        # What comes is not acknowledged.
        started = upstream.started

        def deaf(stream: Stream) -> None:
            stream.reads = False
            started(stream)

        upstream.started = deaf  # type: ignore[method-assign]
        response = request(gateway.address, "POST", "/x", b"x" * (4 * MEGABYTE))
        assert response.status == 504, response


def test_an_upstream_that_does_not_speak_http2_after_all(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        while connection.recv(65536):
            pass

    with RawUpstream(talk) as upstream:
        port = int(upstream.url.rpartition(":")[2])
        file = KongFile(upstream={"http2_prior_knowledge": [f"127.0.0.1:{port}"]})
        with start_gateway(file.route("/x", url=upstream.url, retries=0)) as gateway:
            assert get(gateway) == 502


def test_an_upstream_that_says_nothing_is_a_connect_timeout(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    with RawUpstream(talk) as upstream:
        port = int(upstream.url.rpartition(":")[2])
        file = KongFile(upstream={"http2_prior_knowledge": [f"127.0.0.1:{port}"]})
        file.route("/x", url=upstream.url, retries=0, connect_timeout=300)
        with start_gateway(file) as gateway:
            assert get(gateway) == 504

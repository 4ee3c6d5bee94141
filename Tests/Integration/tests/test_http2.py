# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 from clients: what HTTP/1.1 does, on streams of one connection."""

import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hyperframe.frame import ContinuationFrame, HeadersFrame

from harness import Gateway, KongFile
from harness.http2 import (
    CANCEL,
    NO_ERROR,
    PROTOCOL_ERROR,
    HTTP2Client,
    Stream,
)
from harness.processes import resident
from harness.raw_upstream import RawUpstream, read_exactly, read_head
from tests.conftest import StartGateway

MEGABYTE = 1 << 20


def read_body(connection: socket.socket, head: bytes) -> bytes:
    """The body of a request that the gateway has framed."""
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    if b"content-length" in lines:
        return read_exactly(connection, int(lines[b"content-length"]))
    body = b""
    while b"transfer-encoding" in lines:
        size = b""
        while not size.endswith(b"\r\n"):
            size += read_exactly(connection, 1)
        if not int(size, 16):
            break
        body += read_exactly(connection, int(size, 16))
        read_exactly(connection, 2)
    return body


def answer(connection: socket.socket) -> None:
    """Answers each request with its body."""
    while True:
        head = read_head(connection)
        body = read_body(connection, head)
        status = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % len(body)
        echo = b"X-Line: " + head.split(b"\r\n", 1)[0] + b"\r\n\r\n"
        connection.sendall(status + echo + (b"" if head.startswith(b"HEAD") else body))


@pytest.fixture
def echo(start_gateway: StartGateway) -> Iterator[Gateway]:
    with (
        RawUpstream(answer) as upstream,
        start_gateway(
            KongFile(limits={"request_body": "8MiB"}).route("/", url=upstream.url)
        ) as gateway,
    ):
        yield gateway


def curl(gateway: Gateway, path: str, *arguments: str) -> str:
    command = ["curl", "-sS", "--http2-prior-knowledge", "--max-time", "20", *arguments]
    return subprocess.run(
        [*command, gateway.url + path], check=True, capture_output=True, text=True
    ).stdout


# MARK: - Requests and responses


def test_curl_nghttp_and_h2load_are_served(echo: Gateway, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(os.urandom(MEGABYTE))
    out = tmp_path / "out"
    what = "%{http_version} %{http_code} %{size_download}"
    said = curl(echo, "/a", "--data-binary", f"@{body}", "-o", str(out), "-w", what)
    assert said == f"2 200 {MEGABYTE}"
    assert out.read_bytes() == body.read_bytes()
    shown = subprocess.run(
        ["nghttp", "-v", f"{echo.url}/b"], check=True, capture_output=True, text=True, timeout=20
    ).stdout
    assert ":status: 200" in shown
    load = subprocess.run(
        ["h2load", "-n", "2000", "-c", "4", "-m", "50", f"{echo.url}/c"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert "2000 succeeded, 0 failed, 0 errored" in load


def test_both_versions_are_told_by_their_first_bytes(echo: Gateway) -> None:
    assert curl(echo, "/", "-w", "%{http_version}", "-d", "x") == "x2"
    # The letters that the preface has too.
    for request in (b"PRI /x HTTP/1.1\r\nHost: a\r\n\r\n", b"PRI * HTTP/2.1\r\nHost: a\r\n\r\n"):
        with socket.create_connection(echo.address, timeout=20) as raw:
            for byte in request:
                raw.sendall(bytes([byte]))
            assert read_head(raw).startswith(b"HTTP/1.1 ")
    with HTTP2Client(echo.address, says=b"PRI * HTTP/2.0\r\n\r\nS") as client:
        client.send(b"M\r\n\r\n", bytes(3), b"\x04", bytes(5))
        assert client.request("GET", "/").status == 200


def test_fields_are_as_http2_has_them(start_gateway: StartGateway) -> None:
    heads: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Gone\r\nKeep-Alive: timeout=5\r\n"
            b"X-Gone: 1\r\nX-Stays: One\r\nContent-Length: 2\r\nX-Latin: caf\xe9\r\n"
            b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nok"
        )

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/", url=upstream.url)) as gateway,
        HTTP2Client(gateway.address, host="shop.example:8080") as client,
    ):
        stream = client.request(
            "GET",
            "/a?b=c",
            [("cookie", "x=1"), ("cookie", "y=2"), ("te", "trailers"), ("x-a", "b")],
        )
    assert stream.status == 200
    assert stream.body == b"ok"
    names = [name for name, _ in stream.head]
    assert all(name == name.lower() for name in names)
    assert not {"connection", "keep-alive", "x-gone", "transfer-encoding"} & set(names)
    assert stream.header("x-stays") == "One"
    assert stream.header("x-latin") == "café"
    assert names.count("set-cookie") == 2
    assert stream.header("content-length") == "2"
    assert len(stream.header("x-patchbay-request-id") or "") == 32
    assert stream.header("x-kong-upstream-latency") is not None
    head = heads[0]
    assert head.startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert head.count(b"\r\ncookie: x=1; y=2\r\n") == 1
    assert b"\r\nx-a: b\r\n" in head
    assert b"X-Forwarded-Host: shop.example\r\n" in head
    assert b"X-Forwarded-Proto: http\r\n" in head
    assert b"\r\nte:" not in head.lower()
    assert b"chunked" not in head


def test_a_response_to_head_has_no_body(echo: Gateway) -> None:
    with HTTP2Client(echo.address) as client:
        stream = client.request("HEAD", "/")
        assert (stream.status, bytes(stream.body), stream.reset) == (200, b"", None)
        assert stream.header("content-length") == "0"


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_body_ends_with_its_head(start_gateway: StartGateway, status: int) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 %d X\r\nETag: a\r\n\r\n" % status)

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/", url=upstream.url)) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        stream = client.request("GET", "/")
        assert (stream.status, bytes(stream.body), stream.reset) == (status, b"", None)
        assert stream.header("etag") == "a"
        assert stream.header("content-length") is None


def test_trailers_pass_both_ways(start_gateway: StartGateway) -> None:
    seen: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        seen.append(read_head(connection))
        # The trailers are still to come, and go as they are.
        seen.append(read_exactly(connection, len(b"5\r\nhello\r\n")))
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n")
        seen.append(read_exactly(connection, len(b"0\r\nx-sum: 1\r\n\r\n")))
        connection.sendall(b"0\r\nX-Count: 3\r\n\r\n")

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/", url=upstream.url)) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        stream = client.start("POST", "/", body=None)
        client.upload(stream, b"hello", ends=False)
        state = client.streams[stream]
        client.pump(lambda: state.body == b"yes")
        assert state.status == 200
        client.send(client.headers_frame(stream, [("x-sum", "1")], "END_HEADERS", "END_STREAM"))
        client.finish(stream)
        assert state.trailers == [("x-count", "3")]
    assert b"\r\nTransfer-Encoding: chunked\r\n" in seen[0]
    assert seen[1:] == [b"5\r\nhello\r\n", b"0\r\nx-sum: 1\r\n\r\n"]


def test_a_trailer_that_would_route_or_frame_breaks_the_stream(echo: Gateway) -> None:
    with HTTP2Client(echo.address) as client:
        stream = client.start("POST", "/", body=None)
        client.send(client.headers_frame(stream, [("host", "b")], "END_HEADERS", "END_STREAM"))
        assert client.finish(stream).reset == PROTOCOL_ERROR
        assert client.request("GET", "/").status == 200


def test_a_client_that_waits_to_be_asked_is_asked(echo: Gateway) -> None:
    with HTTP2Client(echo.address) as client:
        stream = client.start(
            "POST", "/", [("expect", "100-continue"), ("content-length", "5")], body=None
        )
        state = client.streams[stream]
        client.pump(lambda: bool(state.interim))
        assert state.interim == [[(":status", "100")]]
        client.upload(stream, b"hello")
        assert client.finish(stream).body == b"hello"


def test_early_hints_come_before_the_response(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/", url=upstream.url)) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        stream = client.request("GET", "/")
        assert stream.interim == [[(":status", "103"), ("link", "</a>")]]
        assert (stream.status, bytes(stream.body)) == (200, b"ok")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({":path": "/" + "a" * 20_000}, 414),
        ({"x-large": "a" * 66_000}, 431),
        ({":authority": "a,b"}, 400),
        ({"x-not-utf8": "�"}, 400),
        ({"expect": "something"}, 417),
        ({"transfer-encoding": "chunked"}, None),
        ({"x-blank": " a"}, None),
        ({"x-line": "a\r\nb: c"}, None),
        ({":path": "/a b"}, None),
        ({":path": "http://other/"}, None),
        ({":scheme": "ftp"}, None),
        ({"host": "other"}, None),
    ],
    ids=lambda value: "/".join(value) if isinstance(value, dict) else str(value),
)
def test_a_request_that_http1_refuses_is_refused(
    echo: Gateway, fields: dict[str, str], status: int | None
) -> None:
    """None: it is no message of HTTP/2 at all, and its stream is reset."""
    with HTTP2Client(echo.address) as client:
        # Before a client has acknowledged the settings NIO takes no more than 16 KiB.
        client.ping()
        stream = client.next_stream()
        all_fields = dict(client.fields("GET", "/")) | fields
        block, rest = client.block(all_fields.items()), b""
        block, rest = block[:16_000], block[16_000:]
        flags = ["END_STREAM"] if rest else ["END_STREAM", "END_HEADERS"]
        client.send(*header_frames(stream, block, rest, flags))
        state = client.finish(stream)
        if status is None:
            assert (state.reset, state.status) == (PROTOCOL_ERROR, 0)
        else:
            assert state.status == status
            assert "message" in json.loads(state.body)
            assert state.header("x-patchbay-request-id")
        assert client.request("GET", "/").status == 200, "the connection did not go on"


def header_frames(stream: int, block: bytes, rest: bytes, flags: list[str]) -> Iterator[bytes]:
    yield HeadersFrame(stream, block, flags=flags).serialize()
    for start in range(0, len(rest), 16_000):
        last = start + 16_000 >= len(rest)
        piece = rest[start : start + 16_000]
        yield ContinuationFrame(stream, piece, flags=["END_HEADERS"] if last else []).serialize()


def test_errors_of_the_host_are_as_in_http1(start_gateway: StartGateway) -> None:
    with (
        start_gateway(KongFile().route("/known")) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        missing = client.request("GET", "/other")
        assert missing.status == 404
        message = json.loads(missing.body)
        assert message["message"] == "no Route matched with those values"
        assert message["request_id"] == missing.header("x-patchbay-request-id")
        assert client.request("GET", "/known").status == 503


# MARK: - Bodies of requests


def test_a_body_that_is_too_large_is_answered_and_its_rest_is_not_wanted(echo: Gateway) -> None:
    with HTTP2Client(echo.address) as client:
        told = client.start("POST", "/", [("content-length", str(9 * MEGABYTE))], body=None)
        assert client.finish(told).status == 413
        untold = client.start("POST", "/", body=None)
        client.upload(untold, bytes(9 * MEGABYTE), ends=False)
        state = client.finish(untold)
        assert state.status == 413
        # An answer that did not need the rest (RFC 9113, 8.1).
        client.pump(lambda: state.reset is not None)
        assert state.reset == NO_ERROR
        assert client.request("GET", "/").status == 200


def test_an_upload_is_as_fast_as_its_upstream_reads(start_gateway: StartGateway) -> None:
    """32 MB for an upstream that does not read: they wait in the client, and others are served."""
    size, reads = 32 * MEGABYTE, threading.Event()

    def talk(connection: socket.socket) -> None:
        head = read_head(connection)
        if head.startswith(b"GET"):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return
        assert reads.wait(20)
        length = len(read_body(connection, head))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n%08d" % length)

    with (
        RawUpstream(talk) as upstream,
        start_gateway(
            KongFile(limits={"request_body": "64MiB"}).route("/", url=upstream.url)
        ) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        before = resident(gateway.pid)
        stream = client.start("POST", "/", [("content-length", str(size))], body=None)
        state, sent = client.streams[stream], 0
        while True:
            if not client.pump(lambda: min(client.window, state.window) > 0, 2):
                break
            count = min(client.window, state.window, size - sent)
            client.upload(stream, bytes(count), ends=False)
            sent += count
        assert sent < size // 2, "the gateway took what its upstream did not"
        assert resident(gateway.pid) - before < 16 * MEGABYTE
        assert client.window > 0, "the stream stops the connection"
        assert client.request("GET", "/").body == b"ok"
        reads.set()
        client.upload(stream, bytes(size - sent))
        assert client.finish(stream).body == b"%08d" % size


def test_many_streams_share_a_connection(echo: Gateway) -> None:
    with HTTP2Client(echo.address) as client:
        client.ping()
        assert client.peer_settings[3] == 128
        bodies = {}
        for number in range(120):
            body = b"%d " % number * 100
            bodies[client.start("POST", f"/{number}", body=body)] = body
        for stream, body in bodies.items():
            assert client.finish(stream).body == body


def test_a_stream_that_was_reset_says_nothing_any_more(echo: Gateway) -> None:
    with HTTP2Client(echo.address) as client:
        for _ in range(50):
            stream = client.start("POST", "/", body=None)
            client.reset(stream, CANCEL)
        client.ping()
        assert client.goaway is None
        last: Stream = client.request("POST", "/", body=b"x" * 1000)
        assert last.body == b"x" * 1000


def test_what_is_refused_is_counted_and_not_logged(start_gateway: StartGateway) -> None:
    """NIO's errors have whole heads in them."""
    with (
        start_gateway(KongFile(log_level="debug").route("/")) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        secret = ("authorization", "Bearer very-secret")
        for bad in (("connection", "x"), ("x-a", "very-secret\r\n"), ("te", "very-secret")):
            assert client.request("GET", "/", [secret, bad]).reset == PROTOCOL_ERROR
        stream = client.next_stream()
        fields = [*client.fields("GET", "/")[1:], secret]
        client.send(client.headers_frame(stream, fields, "END_HEADERS", "END_STREAM"))
        assert client.finish(stream).reset == PROTOCOL_ERROR
        gateway.wait_for_log("client refused")
        assert gateway.admin("/status")["gateway"]["refused"] == 4
        client.send(b"\0\0\0\x09" + bytes(5))
        client.until_end()
        gateway.wait_for_log("HTTP/2 connection refused")
        assert "very-secret" not in gateway.log_text

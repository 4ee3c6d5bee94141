# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 from clients: what HTTP/1.1 does, on streams of one connection."""

import functools
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hyperframe.frame import ContinuationFrame, HeadersFrame

from fake_openai import FakeOpenAI, Gate
from harness import Gateway, KongFile
from harness.http2 import (
    CANCEL,
    INTERNAL_ERROR,
    NO_ERROR,
    PROTOCOL_ERROR,
    HTTP2Client,
    Stream,
)
from harness.processes import resident
from harness.raw_upstream import RawUpstream, read_exactly, read_head
from harness.sdk import user
from tests.conftest import StartGateway
from tests.events import data_of

MEGABYTE = 1 << 20
JSON = [("content-type", "application/json")]
STREAM = {"messages": user(), "stream": True}


def chat(client: HTTP2Client, path: str, body: object = None) -> int:
    return client.start("POST", path, JSON, body=json.dumps(body or STREAM).encode())


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


# MARK: - Streams


@pytest.mark.parametrize("path", ["/chat", "/plain/v1/chat/completions"])
def test_each_event_arrives_before_the_next_is_made(
    gateway: Gateway, fake: FakeOpenAI, path: str
) -> None:
    gate = Gate()
    fake.plan(gate=gate)
    with HTTP2Client(gateway.address) as client:
        headers = [*JSON, ("authorization", f"Bearer {fake.key}")]
        body = json.dumps({"model": "gpt-4o-mini", **STREAM}).encode()
        stream = client.streams[client.start("POST", path, headers, body=body)]
        gate.release()
        assert client.pump(lambda: bool(stream.head)), "the head waited for the body"
        for number in range(7):
            gate.release()
            assert client.pump(functools.partial(has_events, stream, number)), f"event {number}"
        gate.open()
        assert client.pump(lambda: stream.has_ended)
        assert stream.body.endswith(b"data: [DONE]\n\n")


def test_a_client_that_resets_takes_the_upstream_with_it(
    gateway: Gateway, fake: FakeOpenAI
) -> None:
    gate = Gate()
    fake.plan(tokens=1000, gate=gate)
    with HTTP2Client(gateway.address) as client:
        stream = chat(client, "/chat")
        received = fake.wait(1)[0]
        gate.release(4)
        client.pump(lambda: bool(client.streams[stream].body))
        client.reset(stream)
        assert received.aborted.wait(10), "the upstream's connection stayed open"
        # Of the connection only the stream has ended.
        gate.open()
        fake.plan(tokens=3)
        assert client.finish(chat(client, "/chat")).body.endswith(b"[DONE]\n\n")


def test_a_client_that_leaves_takes_all_upstreams_with_it(
    gateway: Gateway, fake: FakeOpenAI
) -> None:
    gates = [Gate() for _ in range(3)]
    for gate in gates:
        fake.plan(tokens=1000, gate=gate)
    with HTTP2Client(gateway.address) as client:
        for _ in gates:
            chat(client, "/chat")
        received = fake.wait(3)
    for one in received:
        assert one.aborted.wait(10), "an upstream's connection stayed open"


def test_a_slow_reader_stops_its_own_stream_only(start_gateway: StartGateway) -> None:
    """64 MB for a stream that nobody reads: they wait in the upstream, and others are served."""
    size, sent = 64 * MEGABYTE, [0]
    stuck = threading.Event()

    def talk(connection: socket.socket) -> None:
        if read_head(connection).startswith(b"GET /small"):
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(100_000)
            )
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        connection.settimeout(1)
        piece = b"x" * MEGABYTE
        while sent[0] < size:
            try:
                sent[0] += connection.send(piece[: size - sent[0]])
            except TimeoutError:
                stuck.set()
                connection.settimeout(20)

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/", url=upstream.url)) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        before = resident(gateway.pid)
        large = client.start("GET", "/large")
        client.unread.add(large)
        client.pump(lambda: bool(client.streams[large].body))
        for _ in range(20):
            assert len(client.request("GET", "/small").body) == 100_000
        assert stuck.wait(20), "the upstream never had to wait"
        assert len(client.streams[large].body) == 65_535
        # What the kernel's own buffers hold is not the gateway's.
        assert sent[0] < size // 2
        assert resident(gateway.pid) - before < 16 * MEGABYTE
        client.unread.clear()
        client.give_window(large, 65_535)
        assert client.finish(large, 60).body == b"x" * size


def test_a_client_that_reads_nothing_slows_all_its_upstreams(start_gateway: StartGateway) -> None:
    size = 16 * MEGABYTE
    sent: list[int] = []
    stuck = threading.Barrier(8 + 1)

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        connection.settimeout(1)
        count, piece = 0, b"x" * MEGABYTE
        try:
            while count < size:
                count += connection.send(piece[: size - count])
        except TimeoutError:
            sent.append(count)
        stuck.wait(20)

    # It gives window for all of it, and does not read.
    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/", url=upstream.url)) as gateway,
        HTTP2Client(gateway.address, settings={4: size}, receive_buffer=1 << 16) as client,
    ):
        before = resident(gateway.pid)
        client.give_window(0, 1 << 30)
        for _ in range(8):
            client.start("GET", "/")
        stuck.wait(20)
        assert len(sent) == 8, "an upstream did not have to wait"
        assert resident(gateway.pid) - before < 16 * MEGABYTE


def test_an_upstream_that_breaks_off_resets_the_stream(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        head = read_head(connection)
        framing = b"Content-Length: 100" if b"/length" in head else b"Transfer-Encoding: chunked"
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n5\r\nhello\r\n")

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/", url=upstream.url)) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        for path in ("/length", "/chunked"):
            stream = client.request("GET", path)
            assert stream.status == 200
            assert b"hello" in stream.body
            assert (stream.has_ended, stream.reset) == (False, INTERNAL_ERROR)
        assert client.request("GET", "/length").status == 200, "the connection did not go on"


def test_an_error_in_mid_stream_is_an_event_and_an_end(gateway: Gateway, fake: FakeOpenAI) -> None:
    fake.plan(tokens=50, cut_after=3000)
    with HTTP2Client(gateway.address) as client:
        stream = client.finish(chat(client, "/chat"))
        assert stream.has_ended, f"the dialect could have said it: {stream.reset}"
        assert b'"error"' in data_of(bytes(stream.body))[-1]
        assert b"[DONE]" not in stream.body
        fake.plan(tokens=3)
        assert client.finish(chat(client, "/chat")).body.endswith(b"[DONE]\n\n")


def test_a_stream_goes_on_when_its_plugin_is_killed(start_gateway: StartGateway) -> None:
    words = " ".join(f"word{number}" for number in range(60))
    echo = {"name": "ai-echo", "config": {"model": "echo-1", "interval": 10}}
    ask = {"messages": user(words), "stream": True}
    with (
        start_gateway(KongFile().route("/echo", echo)) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        streams = [chat(client, "/echo", ask) for _ in range(4)]
        first = client.streams[streams[0]]
        for events in (4, 30):
            client.pump(functools.partial(has_events, first, events))
            [process] = gateway.admin("/plugins/processes")["data"]
            os.kill(process["pid"], signal.SIGKILL)
        for stream in streams:
            body = bytes(client.finish(stream).body)
            assert said(body) == words
        [process] = gateway.admin("/plugins/processes")["data"]
        assert process["restarts"] == 2


def has_events(stream: Stream, count: int) -> bool:
    return stream.body.count(b"\n\n") > count


def said(body: bytes) -> str:
    events = data_of(body)
    assert events[-1] == b"[DONE]"
    choices = [json.loads(event)["choices"] for event in events[:-1]]
    return "".join(one[0]["delta"].get("content") or "" for one in choices if one)


# MARK: - The end of a connection


def test_sigterm_lets_streams_end(start_gateway: StartGateway) -> None:
    goes_on = threading.Event()

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        assert goes_on.wait(20)
        # More than the stream's window: the gateway waits for its client too.
        connection.sendall(b"%x\r\n" % MEGABYTE + bytes(MEGABYTE) + b"\r\n0\r\n\r\n")

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/", url=upstream.url)) as gateway,
        HTTP2Client(gateway.address) as client,
        HTTP2Client(gateway.address) as idle,
    ):
        idle.ping()
        stream = client.start("GET", "/")
        state = client.streams[stream]
        client.pump(lambda: state.body == b"one")
        os.kill(gateway.pid, signal.SIGTERM)
        client.pump(lambda: client.goaway is not None)
        assert client.goaway is not None
        assert (client.goaway.error_code, client.goaway.last_stream_id) == (NO_ERROR, stream)
        idle.until_end()
        assert idle.goaway is not None
        assert idle.goaway.error_code == NO_ERROR
        assert not idle.was_reset
        late = client.start("GET", "/")
        refused = client.streams[late]
        goes_on.set()
        client.unread.add(stream)
        client.pump(lambda: len(state.body) >= 65_535)
        client.unread.clear()
        client.give_window(stream, 65_535)
        assert len(client.finish(stream).body) == MEGABYTE + 3
        client.until_end()
        assert client.has_ended
        assert not client.was_reset
        assert not refused.head


def test_a_response_that_waits_for_its_client_is_whole_after_sigterm(
    start_gateway: StartGateway,
) -> None:
    """The upstream is done, and the exchange too; the client has still to read."""

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(100_000))

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/", url=upstream.url)) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        stream = client.start("GET", "/")
        client.unread.add(stream)
        state = client.streams[stream]
        client.pump(lambda: len(state.body) == 65_535)
        os.kill(gateway.pid, signal.SIGTERM)
        client.pump(lambda: client.goaway is not None)
        client.unread.clear()
        client.give_window(stream, 65_535)
        assert len(client.finish(stream).body) == 100_000


def test_a_stream_that_was_reset_says_nothing_any_more(echo: Gateway) -> None:
    with HTTP2Client(echo.address) as client:
        for _ in range(50):
            stream = client.start("POST", "/", body=None)
            client.reset(stream, CANCEL)
        client.ping()
        assert client.goaway is None
        last: Stream = client.request("POST", "/", body=b"x" * 1000)
        assert last.body == b"x" * 1000

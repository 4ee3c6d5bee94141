# SPDX-License-Identifier: Apache-2.0
"""Streams of HTTP/2: prompt, bounded by who reads them, each for itself, whole to the end."""

import functools
import json
import os
import signal
import socket
import threading

import pytest

from fake_openai import FakeOpenAI, Gate
from harness import Gateway, KongFile, ai_echo, ai_proxy
from harness.http2 import INTERNAL_ERROR, NO_ERROR, HTTP2Client, Stream
from harness.processes import resident
from harness.raw_upstream import RawUpstream, read_head
from harness.sdk import numbered, user
from tests.conftest import StartGateway
from tests.events import data_of

MEGABYTE = 1 << 20
JSON = [("content-type", "application/json")]
STREAM = {"messages": user(), "stream": True}


def chat(client: HTTP2Client, path: str, body: object = None) -> int:
    return client.start("POST", path, JSON, body=json.dumps(body or STREAM).encode())


@pytest.mark.parametrize("path", ["/chat", "/quiet"])
def test_each_event_arrives_before_the_next_is_made(
    gateway: Gateway, fake: FakeOpenAI, path: str
) -> None:
    gate = Gate()
    fake.plan(gate=gate)
    with HTTP2Client(gateway.address) as client:
        stream = client.streams[chat(client, path)]
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
    echo = ai_echo(interval=10)
    ask = {"messages": user(words), "stream": True}
    with (
        start_gateway(KongFile().route("/echo", echo)) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        streams = [chat(client, "/echo", ask) for _ in range(4)]
        first = client.streams[streams[0]]
        for events in (4, 30):
            client.pump(functools.partial(has_events, first, events))
            gateway.kill()
        for stream in streams:
            body = bytes(client.finish(stream).body)
            assert said(body) == words
        [process] = gateway.processes()
        assert process["restarts"] == 2


def test_tokens_of_an_upstream_are_whole_when_their_plugin_is_killed(
    start_gateway: StartGateway, fake: FakeOpenAI
) -> None:
    gate = Gate()
    fake.plan(tokens=200, gate=gate)
    chat_url = f"{fake.url}/v1/chat/completions"
    with (
        start_gateway(KongFile().route("/chat", ai_proxy(chat_url))) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        stream = client.streams[chat(client, "/chat")]
        # Each time some of what is waited for is released only behind the kill before.
        for released, events in ((20, 10), (90, 60), (100, 150)):
            gate.release(released)
            assert client.pump(functools.partial(has_events, stream, events))
            gateway.kill()
        gate.open()
        client.pump(lambda: stream.is_over)
        assert stream.has_ended
        assert said(bytes(stream.body)) == numbered(200)


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

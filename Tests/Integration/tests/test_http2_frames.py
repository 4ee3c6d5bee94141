# SPDX-License-Identifier: Apache-2.0
"""What h2spec asks of a server: the cases of `http2_cases`, and those that take a conversation."""

import contextlib
import socket
import struct
from collections.abc import Iterator

import pytest
from hyperframe.frame import Frame, PingFrame, SettingsFrame

from harness import Gateway, KongFile
from harness.http2 import FRAME_SIZE_ERROR, PREFACE, PROTOCOL_ERROR, HTTP2Client, raw_frame
from harness.raw_upstream import RawUpstream, read_head
from http2_cases import CASES, Case, Connection, Ignored, Stream


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    def talk(connection: socket.socket) -> None:
        while True:
            head = read_head(connection)
            if b" /slow" in head:
                while connection.recv(1 << 16):
                    pass  # no answer: until the gateway leaves
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + bytes(100))

    # A server that accepts nobody, and whom two others wait for already.
    unreached = socket.create_server(("127.0.0.1", 0), backlog=0)
    host, port = unreached.getsockname()
    waiting = [socket.socket() for _ in range(2)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex((host, port))
    file = KongFile()
    with RawUpstream(talk) as upstream, contextlib.closing(unreached):
        file.route("/", url=upstream.url)
        file.route("/unreached", url=f"http://{host}:{port}")
        with Gateway(file, tmp_path_factory.mktemp("spec")) as gateway:
            yield gateway
    for one in waiting:
        one.close()


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"{one.section}-{one.title}")
def test_a_client_that_errs(spec: Gateway, one: Case) -> None:
    with HTTP2Client(spec.address) as client:
        client.ping()
        one.send(client)
        match one.expected:
            case Connection(codes):
                client.until_end()
                assert client.has_ended, "the connection went on"
                assert client.goaway is not None, f"no GOAWAY: {client.streams}"
                assert client.goaway.error_code in codes
            case Stream(codes):
                number = max(client.streams)
                state = client.streams[number]
                client.pump(lambda: state.is_over)
                assert client.goaway is None
                assert state.reset in codes
                assert client.request("GET", "/").status == 200
            case Ignored():
                client.ping()
                assert client.goaway is None
                assert client.request("GET", "/").status == 200


def test_a_preface_of_another_protocol_is_answered_in_http1(spec: Gateway) -> None:
    """h2spec 3.5 wants GOAWAY or the end: without TLS what does not begin as HTTP/2 is HTTP/1.1."""
    with socket.create_connection(spec.address, timeout=20) as raw:
        raw.sendall(b"INVALID CONNECTION PREFACE\r\n\r\n")
        assert read_head(raw).startswith(b"HTTP/1.1 400 ")


def test_the_preface_has_to_go_on_with_settings(spec: Gateway) -> None:
    with HTTP2Client(spec.address, says=PREFACE + PingFrame(0, b"12345678").serialize()) as client:
        client.until_end()
        assert client.goaway is not None
        assert client.goaway.error_code == PROTOCOL_ERROR


def test_settings_are_acknowledged(spec: Gateway) -> None:
    with HTTP2Client(spec.address, settings={4: 100}) as client:
        client.pump(lambda: any(is_acknowledgement(frame) for frame in client.frames))
        assert isinstance(client.frames[0], SettingsFrame)
        assert any(is_acknowledgement(frame) for frame in client.frames)


def is_acknowledgement(frame: Frame) -> bool:
    return isinstance(frame, SettingsFrame) and "ACK" in frame.flags


def test_a_ping_is_answered_and_an_answer_is_not(spec: Gateway) -> None:
    with HTTP2Client(spec.address) as client:
        client.send(PingFrame(0, b"noanswer", flags=["ACK"]), PingFrame(0, b"h2spec!!"))
        client.ping()
        answers = [frame.opaque_data for frame in client.frames if isinstance(frame, PingFrame)]
        assert answers == [b"h2spec!!", b"question"]


def test_a_response_waits_for_the_streams_window(spec: Gateway) -> None:
    """6.9.1 and 6.9.2: a window of one byte, that grows, shrinks below nothing and grows again."""
    with HTTP2Client(spec.address, settings={4: 1}) as client:
        client.ping()
        number = client.start("GET", "/")
        state = client.streams[number]
        client.unread.add(number)
        client.pump(lambda: bool(state.body))
        client.ping()
        assert len(state.body) == 1
        client.send(SettingsFrame(0, {4: 11}))
        client.pump(lambda: len(state.body) == 11)
        # Now it is -5.
        client.send(SettingsFrame(0, {4: 6}))
        client.give_window(number, 5)
        client.ping()
        assert len(state.body) == 11
        client.give_window(number, 1)
        client.pump(lambda: len(state.body) == 12)
        # Of two values the last counts.
        client.send(raw_frame(4, 0, 0, struct.pack(">HIHI", 4, 100, 4, 1000)))
        assert client.finish(number).body == bytes(100)


def test_a_connection_that_ends_in_an_error_says_what_it_has_seen(spec: Gateway) -> None:
    with HTTP2Client(spec.address) as client:
        client.request("GET", "/")
        client.send(raw_frame(6, 0, 0, bytes(6)))
        client.until_end()
        assert client.goaway is not None
        assert client.goaway.last_stream_id >= 1
        assert not client.was_reset, "GOAWAY could have been lost"
        assert client.goaway.error_code == FRAME_SIZE_ERROR

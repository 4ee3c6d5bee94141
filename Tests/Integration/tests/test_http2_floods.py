# SPDX-License-Identifier: Apache-2.0
"""Clients of HTTP/2 that want to be many: they are told to calm down, and others are served."""

import socket
from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
)

from harness import Gateway, KongFile
from harness.http2 import ENHANCE_YOUR_CALM, HTTP2Client, raw_frame
from harness.processes import resident
from harness.raw_upstream import RawUpstream, read_head
from tests.conftest import StartGateway

MEGABYTE = 1 << 20
Flood = Callable[[HTTP2Client], Iterator[bytes]]


def rapid_resets(client: HTTP2Client) -> Iterator[bytes]:
    """CVE-2023-44487."""
    while True:
        stream = client.next_stream()
        head = client.headers_frame(stream, client.fields("GET", "/"), "END_HEADERS", "END_STREAM")
        yield head.serialize() + RstStreamFrame(stream, 8).serialize()


def resets_by_the_gateway(client: HTTP2Client) -> Iterator[bytes]:
    """CVE-2025-8671: the client errs, so that it is the gateway that resets."""
    while True:
        stream = client.next_stream()
        head = client.headers_frame(stream, client.fields("GET", "/"), "END_HEADERS", "END_STREAM")
        # An increment of nothing is an error of the stream, and no RST_STREAM of the client's.
        yield head.serialize() + raw_frame(8, 0, stream, bytes(4))


def malformed_requests(client: HTTP2Client) -> Iterator[bytes]:
    while True:
        fields = [*client.fields("GET", "/"), ("connection", "close")]
        yield client.headers_frame(
            client.next_stream(), fields, "END_HEADERS", "END_STREAM"
        ).serialize()


def continuations(client: HTTP2Client) -> Iterator[bytes]:
    """CVE-2024-27316: a head that does not end."""
    yield HeadersFrame(1, client.block(client.fields("GET", "/"))).serialize()
    while True:
        yield ContinuationFrame(1, client.block([("x-more", "a" * 100)])).serialize()


def empty_continuations(client: HTTP2Client) -> Iterator[bytes]:
    yield HeadersFrame(1, client.block(client.fields("GET", "/"))).serialize()
    while True:
        yield ContinuationFrame(1, b"").serialize()


def pings(_: HTTP2Client) -> Iterator[bytes]:
    while True:
        yield PingFrame(0, b"12345678").serialize()


def settings(_: HTTP2Client) -> Iterator[bytes]:
    while True:
        yield SettingsFrame(0, {4: 65535}).serialize()


def priorities(_: HTTP2Client) -> Iterator[bytes]:
    while True:
        yield raw_frame(2, 0, 3, bytes([0, 0, 0, 0, 16]))


def empty_data(client: HTTP2Client) -> Iterator[bytes]:
    stream = client.next_stream()
    yield client.headers_frame(stream, client.fields("POST", "/"), "END_HEADERS").serialize()
    while True:
        yield DataFrame(stream, b"").serialize()


@pytest.fixture
def served(start_gateway: StartGateway) -> Iterator[Gateway]:
    def talk(connection: socket.socket) -> None:
        while True:
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/", url=upstream.url)) as gateway,
    ):
        yield gateway


@pytest.mark.parametrize(
    "flood",
    [
        rapid_resets,
        resets_by_the_gateway,
        malformed_requests,
        continuations,
        empty_continuations,
        pings,
        settings,
        priorities,
        empty_data,
    ],
)
def test_a_flood_ends_its_connection_and_no_other(served: Gateway, flood: Flood) -> None:
    with HTTP2Client(served.address) as other:
        assert other.request("GET", "/").body == b"ok"
        before = resident(served.pid)
        for _ in range(3):
            with HTTP2Client(served.address) as client:
                client.ping()
                frames = flood(client)
                for _ in range(200):
                    client.send(b"".join(islice(frames, 50)))
                    if client.was_reset:
                        break
                client.until_end()
                assert client.has_ended, "the flood was not stopped"
                assert client.goaway is not None
                assert client.goaway.error_code == ENHANCE_YOUR_CALM
            assert other.request("GET", "/").body == b"ok"
        assert resident(served.pid) - before < 8 * MEGABYTE


def test_a_small_block_that_becomes_a_large_list_is_not_taken(served: Gateway) -> None:
    """CVE-2016-6581: one entry of the compression's table, named again and again."""
    with HTTP2Client(served.address) as other, HTTP2Client(served.address) as client:
        client.ping()
        head = client.block([*client.fields("GET", "/"), ("x-bomb", "a" * 3000)])
        # 0xBE is the table's newest entry: 10,000 of them are 30 MB.
        flags = ["END_HEADERS", "END_STREAM"]
        client.send(HeadersFrame(client.next_stream(), head + b"\xbe" * 10_000, flags=flags))
        client.until_end()
        assert client.has_ended
        assert client.goaway is not None
        assert other.request("GET", "/").body == b"ok"


def test_more_streams_than_are_allowed_are_not_taken(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.recv(1)  # no answer: until the gateway leaves

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/", url=upstream.url)) as gateway,
        HTTP2Client(gateway.address) as client,
    ):
        client.ping()
        for _ in range(128):
            client.start("GET", "/")
        client.ping()
        assert client.goaway is None
        client.start("GET", "/")
        client.until_end()
        assert client.goaway is not None


def test_a_client_that_does_not_read_its_answers_holds_little(served: Gateway) -> None:
    """It asks and asks, and reads nothing, until it has too many streams."""
    before = resident(served.pid)
    with HTTP2Client(served.address, receive_buffer=1 << 12) as client:
        for _ in range(200_000):
            client.start("GET", "/")
            if client.was_reset:
                break
        assert client.was_reset, "the gateway took everything"
        assert resident(served.pid) - before < 8 * MEGABYTE
    with HTTP2Client(served.address) as other:
        assert other.request("GET", "/").body == b"ok"

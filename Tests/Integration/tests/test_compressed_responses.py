# SPDX-License-Identifier: Apache-2.0
"""Responses that an upstream has compressed: decoded where a plugin looks at them, else left alone."""

import gzip
import queue
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness import Gateway, KongFile, connect, request
from harness.http2_upstream import HTTP2Upstream, Stream
from harness.raw_upstream import RawUpstream, read_exactly, read_head
from tests.conftest import ENVIRONMENT

TEXT = b'{"answer": "yes, it is", "words": ["one", "two"]}' * 40
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}
SHOUT = {"name": "gateway-test", "config": {"does": "shout"}}
MEASURE = {"name": "gateway-test", "config": {"does": "measure"}}
HEADERS = {"Accept-Encoding": "gzip, br"}


def head(coding: str, *fields: str, length: int | None = None) -> bytes:
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", f"Content-Encoding: {coding}"]
    return "\r\n".join([*lines, 'ETag: "x"', "Vary: Accept-Encoding", *fields, framing, "", ""]).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Upstream:
    """Answers every request with the same bytes, and keeps the heads of requests."""

    def __init__(self, answer: bytes, closes: bool = False) -> None:
        self.answer = answer
        self.closes = closes
        self.heads: list[str] = []

    def talk(self, connection: socket.socket) -> None:
        while True:
            self.heads.append(read_head(connection).decode().lower())
            connection.sendall(self.answer)
            if self.closes:
                return


@contextmanager
def gateway(
    url: str, directory: Path, plugins: Path, *chain: dict[str, Any], **settings: Any
) -> Iterator[Gateway]:
    file = KongFile(workers=1, **settings).route("/x", *chain, url=url, retries=0)
    with Gateway(file, directory, ENVIRONMENT, plugins=plugins) as running:
        yield running


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("plugin", [SHOUT, MEASURE], ids=["pieces", "whole"])
def test_who_looks_sees_what_the_client_gets(
    gateway_test_plugins: Path, tmp_path: Path, coding: str, plugin: dict[str, Any]
) -> None:
    coded = CODINGS[coding](TEXT)
    answer = Upstream(head(coding, length=len(coded)) + coded)
    with (
        RawUpstream(answer.talk) as upstream,
        gateway(upstream.url, tmp_path, gateway_test_plugins, plugin) as running,
    ):
        response = request(running.address, "GET", "/x", headers=HEADERS)
    assert response.status == 200
    if plugin == SHOUT:
        assert response.body == TEXT.upper()
    else:
        assert response.body == TEXT
        assert response.header("x-seen") == f"{len(TEXT)} bytes, coding: none"
        assert response.header("content-length") == str(len(TEXT))
    assert response.header("content-encoding") is None
    assert response.header("etag") == 'W/"x"'
    assert response.header("vary") == "Accept-Encoding"
    assert "\r\naccept-encoding: gzip\r\n" in answer.heads[0]


def test_where_nobody_looks_it_passes_as_it_is(gateway_test_plugins: Path, tmp_path: Path) -> None:
    coded = gzip.compress(TEXT)
    answer = Upstream(head("gzip", length=len(coded)) + coded)
    marks = {"name": "gateway-test", "config": {"does": "markJSON"}}
    with (
        RawUpstream(answer.talk) as upstream,
        gateway(upstream.url, tmp_path, gateway_test_plugins, marks) as running,
    ):
        response = request(running.address, "GET", "/x", headers=HEADERS)
    assert response.header("x-seen") == "json"
    assert response.body == coded
    assert response.header("content-encoding") == "gzip"
    assert response.header("etag") == '"x"'
    assert "\r\naccept-encoding: gzip, br\r\n" in answer.heads[0]


def test_a_coding_that_is_not_known_is_shown_as_it_is(
    gateway_test_plugins: Path, tmp_path: Path
) -> None:
    """What the plugin does about it is its own."""
    answer = Upstream(head("br", length=5) + b"12345")
    with (
        RawUpstream(answer.talk) as upstream,
        gateway(upstream.url, tmp_path, gateway_test_plugins, MEASURE) as running,
    ):
        response = request(running.address, "GET", "/x", headers={"Accept-Encoding": "br"})
    assert response.header("x-seen") == "5 bytes, coding: br"
    assert "\r\naccept-encoding: identity\r\n" in answer.heads[0]


def test_pieces_of_a_stream_pass_when_they_come(gateway_test_plugins: Path, tmp_path: Path) -> None:
    """Each is sent when the one before has arrived."""
    pieces = [f"data: piece {number}\n\n".encode() for number in range(20)]
    arrived: queue.Queue[bytes] = queue.Queue()

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(head("gzip"))
        compressor = zlib.compressobj(wbits=31)
        for piece in pieces:
            coded = compressor.compress(piece) + compressor.flush(zlib.Z_SYNC_FLUSH)
            connection.sendall(chunk(coded))
            assert arrived.get(timeout=20) == piece.upper()
        connection.sendall(chunk(compressor.flush()) + b"0\r\n\r\n")

    with (
        RawUpstream(talk) as upstream,
        gateway(upstream.url, tmp_path, gateway_test_plugins, SHOUT) as running,
    ):
        connection = connect(running.address)
        connection.request("GET", "/x")
        response = connection.getresponse()
        for piece in pieces:
            arrived.put(response.read(len(piece)))
        assert response.read() == b""
        connection.close()


def test_streams_of_http2_too(gateway_test_plugins: Path, tmp_path: Path) -> None:
    def talk(stream: Stream) -> None:
        stream.head(200, ("content-encoding", "gzip"), ("content-type", "text/plain"))
        coded = gzip.compress(TEXT)
        for start in range(0, len(coded), 10):
            stream.send(coded[start : start + 10])
        stream.end()

    with HTTP2Upstream(talk) as upstream:
        known = {"http2_prior_knowledge": [f"127.0.0.1:{upstream.port}"]}
        with gateway(
            upstream.url, tmp_path, gateway_test_plugins, SHOUT, upstream=known
        ) as running:
            response = request(running.address, "GET", "/x", headers=HEADERS)
        assert response.body == TEXT.upper()
        assert response.header("content-encoding") is None
        assert upstream.streams[0].header("accept-encoding") == "gzip"


CODED = gzip.compress(TEXT)
BAD = {
    "cut": head("gzip", length=len(CODED) - 9) + CODED[:-9],
    "damaged": head("gzip", length=len(CODED)) + CODED[:-8] + b"\0" * 8,
    "something else": head("gzip", length=len(TEXT)) + TEXT,
    "two of them": head("gzip", length=len(CODED) + 5) + CODED + b"extra",
    "a bomb": head("gzip", length=len(gzip.compress(bytes(64 << 20)))) + gzip.compress(bytes(64 << 20)),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_decoded_is_an_upstreams_failure(
    gateway_test_plugins: Path, tmp_path: Path, case: str
) -> None:
    answer = Upstream(BAD[case], closes=True)
    with RawUpstream(answer.talk) as upstream:
        with gateway(upstream.url, tmp_path, gateway_test_plugins, MEASURE) as running:
            response = request(running.address, "GET", "/x")
            assert response.status == 502, response
            assert response.json()["message"].startswith("An invalid response was received")
            causes = {"cut": "truncated-content", "a bomb": "content-expands-too-much"}
            running.wait_for_log(f'"cause":"{causes.get(case, "corrupt-content")}"')


@pytest.mark.parametrize("case", ["cut", "damaged"])
def test_what_breaks_within_a_stream_is_cut(
    gateway_test_plugins: Path, tmp_path: Path, case: str
) -> None:
    compressor = zlib.compressobj(wbits=31)
    first = compressor.compress(b"first ") + compressor.flush(zlib.Z_SYNC_FLUSH)
    rest = compressor.compress(b"rest") + compressor.flush()
    rest = rest[:-4] if case == "cut" else rest[:-8] + bytes(8)
    got_first: queue.Queue[bool] = queue.Queue()

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(head("gzip") + chunk(first))
        assert got_first.get(timeout=20)
        connection.sendall(chunk(rest) + b"0\r\n\r\n")

    with (
        RawUpstream(talk) as upstream,
        gateway(upstream.url, tmp_path, gateway_test_plugins, SHOUT) as running,
        socket.create_connection(running.address, timeout=20) as client,
    ):
        client.sendall(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"\r\nTransfer-Encoding: chunked\r\n" in read_head(client)
        assert read_exactly(client, 11) == b"6\r\nFIRST \r\n"
        got_first.put(True)
        rest_of_it = b"".join(iter(lambda: client.recv(65536), b""))
        assert not rest_of_it.endswith(b"0\r\n\r\n"), "a part never looks like the whole"


def test_a_large_body_comes_whole(gateway_test_plugins: Path, tmp_path: Path) -> None:
    """Small when it comes, and large when it goes: what is decoded waits for the plugin and the client."""
    text = b"".join(b"line %d\n" % number for number in range(2_000_000))
    coded = gzip.compress(text, 9)
    answer = Upstream(head("gzip", length=len(coded)) + coded)
    with (
        RawUpstream(answer.talk) as upstream,
        gateway(upstream.url, tmp_path, gateway_test_plugins, SHOUT) as running,
        socket.create_connection(running.address, timeout=20) as client,
    ):
        client.sendall(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        response = client.makefile("rb")
        while response.readline() != b"\r\n":
            pass
        body = b""
        while size := int(response.readline(), 16):
            body += response.read(size)
            response.readline()
        assert body == text.upper()


def test_the_http_service_decodes_for_the_plugin(
    gateway_test_plugins: Path, tmp_path: Path
) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(head("gzip", length=len(CODED)) + CODED)
        read_head(connection)
        connection.sendall(head("gzip", length=len(CODED) - 4) + CODED[:-4])

    with RawUpstream(talk) as upstream:
        fetch = {"name": "gateway-test", "config": {"does": "fetch", "url": upstream.url}}
        with gateway("http://127.0.0.1:9", tmp_path, gateway_test_plugins, fetch) as running:
            response = request(running.address, "POST", "/x")
            assert (response.status, response.body) == (200, TEXT)
            assert request(running.address, "POST", "/x").status == 500

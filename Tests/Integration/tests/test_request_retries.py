# SPDX-License-Identifier: Apache-2.0
"""A request whose body is still on its way when its upstream fails."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness import Gateway, KongFile
from harness.http2_upstream import HTTP2Upstream, Stream
from harness.raw_upstream import RawUpstream, read_exactly, read_head
from tests.conftest import StartGateway

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def halfway(gateway: Gateway, method: str, first: bytes, length: int) -> Iterator[socket.socket]:
    """A client that has sent a part of its body."""
    head = f"{method} /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    with socket.create_connection(gateway.address, timeout=20) as client:
        client.sendall(head.encode() + first[:1])
        # Not with the head, of which it would be a part that is here anyway.
        client.sendall(first[1:])
        yield client


def answer_to(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


class Breaking:
    """An upstream that breaks off when it has a part of the first request's body."""

    def __init__(self, part: int, whole: int) -> None:
        self.part = part
        self.whole = whole
        self.bodies: list[bytes] = []
        self.has_broken = threading.Event()

    def talk(self, connection: socket.socket) -> None:
        read_head(connection)
        is_first = not self.bodies
        self.bodies.append(b"")
        self.bodies[-1] = read_exactly(connection, self.part if is_first else self.whole)
        if is_first:
            self.has_broken.set()
        else:
            connection.sendall(OK)


def test_what_the_first_upstream_had_goes_to_the_next(start_gateway: StartGateway) -> None:
    body = bytes(range(256)) * 200
    breaking = Breaking(20_000, len(body))
    with (
        RawUpstream(breaking.talk) as upstream,
        start_gateway(KongFile(workers=1).route("/x", url=upstream.url, retries=1)) as gateway,
        halfway(gateway, "PUT", body[:20_000], len(body)) as client,
    ):
        assert breaking.has_broken.wait(20)
        client.sendall(body[20_000:])
        assert answer_to(client).endswith(b"\r\n\r\nok")
    assert breaking.bodies == [body[:20_000], body]


@pytest.mark.parametrize("case", ["too large", "not buffered", "nothing is kept"])
def test_what_is_not_kept_is_not_sent_again(start_gateway: StartGateway, case: str) -> None:
    size = 70_000 if case == "too large" else 20_000
    breaking = Breaking(size, size + 1)
    limits = {"retry_body": 0} if case == "nothing is kept" else {}
    with RawUpstream(breaking.talk) as upstream:
        file = KongFile(workers=1, limits=limits).route("/x", url=upstream.url, retries=5)
        if case == "not buffered":
            file.services[0]["routes"][0]["request_buffering"] = False
        with (
            start_gateway(file) as gateway,
            halfway(gateway, "PUT", b"x" * size, size + 1) as client,
        ):
            assert answer_to(client).startswith(b"HTTP/1.1 502 ")
            gateway.wait_for_log("not kept: there is no other try")
    assert len(breaking.bodies) == 1


def test_a_stream_that_is_refused_within_its_body_is_sent_again(
    start_gateway: StartGateway,
) -> None:
    """POST too: the upstream says that it has not looked at it."""
    bodies: list[bytes] = []
    was_refused = threading.Event()

    def talk(stream: Stream) -> None:
        if not was_refused.is_set():
            stream.connection.wait_for(lambda: len(stream.body) == 5)
            stream.refuse()
            was_refused.set()
            return
        bodies.append(stream.wait_until_ended())
        stream.answer(b"ok")

    with HTTP2Upstream(talk) as upstream:
        known = {"http2_prior_knowledge": [f"127.0.0.1:{upstream.port}"]}
        file = KongFile(workers=1, upstream=known).route("/x", url=upstream.url, retries=1)
        with start_gateway(file) as gateway, halfway(gateway, "POST", b"01234", 10) as client:
            assert was_refused.wait(20)
            client.sendall(b"56789")
            assert answer_to(client).endswith(b"\r\n\r\nok")
    assert bodies == [b"0123456789"]

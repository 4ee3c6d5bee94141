# SPDX-License-Identifier: Apache-2.0
"""Upstreams that cannot be reached, hang or stop: Kong's timeouts and retries, over real sockets."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness import Gateway, KongFile, request
from harness.gateway import free_ports
from harness.raw_upstream import RawUpstream, read_exactly, read_head
from tests.conftest import StartGateway

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TIMEOUT = "The upstream server is timing out"
UNAVAILABLE = "The upstream server is currently unavailable"
INVALID = "An invalid response was received from the upstream server"


def times(**milliseconds: int) -> dict[str, int]:
    """Timeouts in milliseconds; those that are not named are too long to be seen. No retries."""
    all_times = {"connect": 30_000, "write": 30_000, "read": 30_000} | milliseconds
    retries = all_times.pop("retries", 0)
    return {f"{name}_timeout": value for name, value in all_times.items()} | {"retries": retries}


@contextmanager
def took(at_least: float, at_most: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    duration = time.monotonic() - start
    assert at_least <= duration <= at_most, f"took {duration:.3f} s"


def wait_for_end(connection: socket.socket) -> None:
    """Reads until the gateway closes."""
    while connection.recv(65536):
        pass


@contextmanager
def full_listener() -> Iterator[str]:
    """A listener that accepts nobody, and whose backlog is full: to connect to it hangs."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    clients = []
    for _ in range(4):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(server.getsockname())
        clients.append(one)
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        for one in [*clients, server]:
            one.close()


def test_an_upstream_where_nobody_listens_is_unavailable(start_gateway: StartGateway) -> None:
    (port,) = free_ports(1)
    file = KongFile().route("/x", url=f"http://127.0.0.1:{port}", **times(retries=2))
    with start_gateway(file) as gateway:
        with took(0, 2):
            response = request(gateway.address, "POST", "/x", b"body")
        assert response.status == 503, response
        assert response.json()["message"] == UNAVAILABLE
        tries = [line for line in gateway.log if "a try of an upstream failed" in line]
        assert len(tries) == 3, "one, and two again: nothing was sent, so that POST is tried again"
        assert "Connection refused" in tries[0], tries[0]


def test_a_connection_that_is_not_made_in_time_is_a_timeout(start_gateway: StartGateway) -> None:
    with (
        full_listener() as url,
        start_gateway(KongFile().route("/x", url=url, **times(connect=200))) as gateway,
        took(0.2, 2),
    ):
        response = request(gateway.address, "GET", "/x")
    assert response.status == 504, response
    assert response.json()["message"] == TIMEOUT


def test_a_try_that_hung_is_followed_by_the_next(start_gateway: StartGateway) -> None:
    file_times = times(connect=100, retries=2)
    with (
        full_listener() as url,
        start_gateway(KongFile().route("/x", url=url, **file_times)) as gateway,
        took(0.3, 2),
    ):
        assert request(gateway.address, "POST", "/x", b"x").status == 504


def test_an_upstream_that_does_not_shake_hands_is_a_timeout(start_gateway: StartGateway) -> None:
    with RawUpstream(wait_for_end) as upstream:
        url = upstream.url.replace("http", "https")
        with start_gateway(KongFile().route("/x", url=url, **times(connect=200))) as gateway:
            with took(0.2, 2):
                response = request(gateway.address, "GET", "/x")
            assert response.status == 504, response


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_upstream_that_does_not_read_is_a_write_timeout(
    start_gateway: StartGateway, framing: str
) -> None:
    done = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        done.wait(20)

    file = KongFile(limits={"request_body": "2GiB"})
    with RawUpstream(talk) as upstream:
        file.route("/x", url=upstream.url, **times(write=300))
        with start_gateway(file) as gateway:
            chunked = framing == "chunked"
            how = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {1 << 30}"
            piece = b"x" * 65536
            with took(0.3, 5), socket.create_connection(gateway.address, timeout=20) as raw:
                raw.sendall(f"POST /x HTTP/1.1\r\nHost: x\r\n{how}\r\n\r\n".encode())
                sender = Sender(raw, b"10000\r\n" + piece + b"\r\n" if chunked else piece)
                sender.start()
                assert read_head(raw).startswith(b"HTTP/1.1 504 ")
            sender.join(10)
        done.set()


class Sender(threading.Thread):
    """Sends the same bytes until the connection is closed."""

    def __init__(self, connection: socket.socket, piece: bytes) -> None:
        super().__init__(daemon=True)
        self._connection = connection
        self._piece = piece

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._connection.sendall(self._piece)


def test_a_slow_upload_that_goes_on_is_no_timeout(start_gateway: StartGateway) -> None:
    """The upstream takes a little in less than the timeout, all of it in more."""
    size = 24 << 20
    start: list[float] = []

    def talk(connection: socket.socket) -> None:
        start.append(time.monotonic())
        read_head(connection)
        left = size
        while left:
            left -= len(read_exactly(connection, min(left, 2 << 20)))
            threading.Event().wait(0.1)  # as slow as a slow network
        start.append(time.monotonic())
        connection.sendall(OK)

    file = KongFile(limits={"request_body": "64MiB"})
    with RawUpstream(talk) as upstream:
        file.route("/x", url=upstream.url, **times(write=500, read=5000))
        with start_gateway(file) as gateway:
            response = request(gateway.address, "POST", "/x", b"x" * size)
    assert response.status == 200, response
    assert start[1] - start[0] > 1


def test_an_upstream_that_never_answers_is_a_read_timeout(start_gateway: StartGateway) -> None:
    with (
        RawUpstream(wait_for_end) as upstream,
        start_gateway(KongFile().route("/x", url=upstream.url, **times(read=300))) as gateway,
        took(0.3, 2),
    ):
        response = request(gateway.address, "GET", "/x")
    assert response.status == 504, response
    assert response.json()["message"] == TIMEOUT


def test_an_upstream_that_stops_in_a_body_cuts_it(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe start")
        wait_for_end(connection)

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/x", url=upstream.url, **times(read=300))) as gateway,
        took(0.3, 2),
    ):
        response = request(gateway.address, "GET", "/x")
    assert response.status == 200
    assert response.body == b"the start"
    assert not response.is_complete


def test_the_read_timeout_is_between_two_reads(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
        for _ in range(8):
            threading.Event().wait(0.1)
            connection.sendall(b"x")

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/x", url=upstream.url, **times(read=400))) as gateway,
        took(0.8, 3),
    ):
        response = request(gateway.address, "GET", "/x")
    assert response.body == b"xxxxxxxx"
    assert response.is_complete


# What is sent again, and what is not.


class Flaky:
    """An upstream whose first connections do something else than answer."""

    def __init__(self, *failures: str) -> None:
        self.failures = list(failures)
        self.requests = 0

    def talk(self, connection: socket.socket) -> None:
        head = read_head(connection)
        self.requests += 1
        if b"Content-Length: 4" in head:
            assert read_exactly(connection, 4) == b"body"
        how = self.failures.pop(0) if self.failures else "answer"
        if how == "hang":
            wait_for_end(connection)
        elif how == "nonsense":
            connection.sendall(b"nonsense\r\n\r\n")
        elif how == "answer":
            connection.sendall(OK)


def ask(gateway: Gateway, method: str) -> tuple[int, str]:
    body = b"body" if method in ("POST", "PUT") else None
    response = request(gateway.address, method, "/x", body)
    is_error = response.status != 200
    return response.status, response.json()["message"] if is_error else response.body.decode()


@pytest.mark.parametrize(
    ("method", "failures", "retries", "requests", "expected"),
    [
        ("GET", ["close", "hang", "close"], 3, 4, (200, "ok")),
        ("PUT", ["close"], 1, 2, (200, "ok")),
        ("GET", ["close", "close"], 1, 2, (502, INVALID)),
        ("GET", ["close"], 0, 1, (502, INVALID)),
        ("GET", ["hang", "hang"], 1, 2, (504, TIMEOUT)),
        ("POST", ["close"], 5, 1, (502, INVALID)),
        ("POST", ["hang"], 5, 1, (504, TIMEOUT)),
        ("GET", ["nonsense"], 5, 1, (502, INVALID)),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else None,
)
def test_only_what_may_be_sent_twice_is(
    start_gateway: StartGateway,
    method: str,
    failures: list[str],
    retries: int,
    requests: int,
    expected: tuple[int, str],
) -> None:
    flaky = Flaky(*failures)
    with (
        RawUpstream(flaky.talk) as upstream,
        start_gateway(
            KongFile().route("/x", url=upstream.url, **times(read=300, retries=retries))
        ) as gateway,
    ):
        assert ask(gateway, method) == expected
        assert flaky.requests == requests


def test_an_idle_connection_that_died_costs_no_try(start_gateway: StartGateway) -> None:
    """It is closed with the second request on the way."""
    heads = 0

    def talk(connection: socket.socket) -> None:
        nonlocal heads
        read_head(connection)
        heads += 1
        connection.sendall(OK)
        if heads == 1:
            read_head(connection)
            heads += 1

    with (
        RawUpstream(talk) as upstream,
        start_gateway(
            KongFile(workers=1).route("/x", url=upstream.url, **times(retries=0))
        ) as gateway,
    ):
        assert ask(gateway, "GET") == (200, "ok")
        assert ask(gateway, "GET") == (200, "ok")
    assert heads == 3

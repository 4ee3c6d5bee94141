# SPDX-License-Identifier: Apache-2.0
"""Clients that mean harm: memory stays bounded, and others are served meanwhile."""

import contextlib
import resource
import socket
import time
from collections.abc import Iterator

import pytest

from harness import Gateway, KongFile
from harness.good_client import GoodClient
from harness.processes import resident
from harness.raw_upstream import RawUpstream, read_head
from tests.conftest import StartGateway

MEGABYTE = 1 << 20
# Seconds that a client that behaves may wait on a busy machine.
PATIENCE = 5.0


def serve(connection: socket.socket) -> None:
    while read_head(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def swallow(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def pour(connection: socket.socket) -> None:
    """More than anybody wants."""
    read_head(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * MEGABYTE))
    for _ in range(64):
        connection.sendall(b"x" * MEGABYTE)


@contextlib.contextmanager
def clients(gateway: Gateway, count: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        connections = []
        for number in range(count):
            raw = stack.enter_context(socket.socket())
            # From more addresses than one, so that ports do not run out.
            raw.bind((f"127.0.0.{2 + number % 8}", 0))
            raw.settimeout(20)
            raw.connect(gateway.address)
            connections.append(raw)
        yield connections


def push(raw: socket.socket, data: bytes) -> bool:
    """Whether the peer still takes something."""
    try:
        raw.sendall(data)
    except OSError:
        return False
    return True


def rest(raw: socket.socket) -> bytes:
    """All that comes until the end, which may be a reset: to those who go on sending."""
    received = b""
    with contextlib.suppress(OSError):
        while piece := raw.recv(65536):
            received += piece
    return received


class Watch:
    """The most memory that a gateway has had, looked at as often as one asks."""

    def __init__(self, gateway: Gateway) -> None:
        self._pid = gateway.pid
        self.before = resident(self._pid)
        self.most = self.before

    def look(self) -> None:
        self.most = max(self.most, resident(self._pid))

    @property
    def growth(self) -> int:
        self.look()
        return self.most - self.before


def test_slowloris_heads(start_gateway: StartGateway) -> None:
    with RawUpstream(serve) as upstream:
        file = KongFile(limits={"client_header_timeout": 3000}).route("/raw", url=upstream.url)
        with start_gateway(file) as gateway, GoodClient(gateway.address, "/raw") as good:
            watch = Watch(gateway)
            with clients(gateway, 400) as slow:
                for raw in slow:
                    raw.sendall(b"GET /raw HTTP/1.1\r\nHost: x\r\n")
                # Fewer fields than are too many, however fast they are sent.
                for _ in range(100):
                    for raw in slow:
                        push(raw, b"X: y\r\n")
                    watch.look()
                answers = [rest(raw) for raw in slow]
            assert sum(answer.startswith(b"HTTP/1.1 408 ") for answer in answers) == 400
            good.wait(5)
            assert good.slowest < PATIENCE
            assert watch.growth < 32 * MEGABYTE
            counted = gateway.admin("/status")["gateway"]["refusals"]
            assert counted["client-header-timeout"] == 400
            told = sum('"client-header-timeout"' in line for line in gateway.log)
            assert 0 < told < 400, "the log is flooded"


def test_slowloris_bodies(start_gateway: StartGateway) -> None:
    with RawUpstream(swallow) as upstream, RawUpstream(serve) as other:
        file = KongFile(limits={"client_body_timeout": 500}).route("/raw", url=upstream.url)
        file.route("/good", url=other.url)
        with start_gateway(file) as gateway, GoodClient(gateway.address, "/good") as good:
            watch = Watch(gateway)
            with clients(gateway, 100) as slow:
                for raw in slow:
                    raw.sendall(b"POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
                for _ in range(3):
                    for raw in slow:
                        push(raw, b"x")
                    watch.look()
                    good.wait(5)
                answers = [rest(raw) for raw in slow]
            assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
            assert good.slowest < PATIENCE
            assert watch.growth < 32 * MEGABYTE


def test_huge_heads(start_gateway: StartGateway) -> None:
    with RawUpstream(serve) as upstream:
        file = KongFile().route("/raw", url=upstream.url)
        with start_gateway(file) as gateway, GoodClient(gateway.address, "/raw") as good:
            watch = Watch(gateway)
            with clients(gateway, 100) as many:
                for raw in many:
                    raw.sendall(b"GET /raw HTTP/1.1\r\nHost: x\r\nX: ")
                for _ in range(8):
                    for raw in many:
                        push(raw, b"a" * 8000)
                    watch.look()
                for raw in many:
                    push(raw, b"a" * 4000)
                answers = [rest(raw) for raw in many]
            assert sum(answer.startswith(b"HTTP/1.1 431 ") for answer in answers) == 100
            good.wait(5)
            assert good.slowest < PATIENCE
            assert watch.growth < 48 * MEGABYTE


@pytest.mark.parametrize(
    ("begin", "piece", "status"),
    [
        (b"", b"1\r\nx\r\n" * 1000, b"413"),
        (b"5", b";a=b" * 1000, b"400"),
        (b"", b"5;a=b\r\nhello\r\n" * 500, b"400"),
        (b"0\r\n", b"X: y\r\n" * 500, b"431"),
        (b"", b"00", b"413"),
    ],
    ids=["tiny", "extension", "extensions", "trailers", "digits"],
)
def test_endless_chunks(
    start_gateway: StartGateway, begin: bytes, piece: bytes, status: bytes
) -> None:
    with RawUpstream(swallow) as upstream, RawUpstream(serve) as other:
        file = KongFile(limits={"request_body": "1MiB"}).route("/raw", url=upstream.url)
        file.route("/good", url=other.url)
        with start_gateway(file) as gateway, GoodClient(gateway.address, "/good") as good:
            watch = Watch(gateway)
            with clients(gateway, 1) as [raw]:
                head = b"POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                raw.sendall(head + begin)
                raw.settimeout(0.001)
                answer = b""
                for _ in range(20_000):
                    with contextlib.suppress(TimeoutError):
                        answer = raw.recv(65536)
                        break
                    raw.settimeout(20)
                    if not push(raw, piece):
                        break
                    raw.settimeout(0.001)
                raw.settimeout(20)
                answer += rest(raw)
            assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
            good.wait(5)
            assert good.slowest < PATIENCE
            assert watch.growth < 16 * MEGABYTE


def test_ten_thousand_idle_connections(start_gateway: StartGateway) -> None:
    """Each costs what its descriptor and its handlers need: less than 8 KiB."""
    count = 10_000
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < 2 * count:
        pytest.skip(f"no more than {most} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    limits = {"connections": 2 * count, "client_header_timeout": 120_000}
    with RawUpstream(serve) as upstream:
        file = KongFile(limits=limits).route("/raw", url=upstream.url)
        with start_gateway(file) as gateway, GoodClient(gateway.address, "/raw") as good:
            room = most // 2 - 2
            watch = Watch(gateway)
            with clients(gateway, min(count, room)) as idle:
                good.wait(100)
                assert gateway.admin("/status")["gateway"]["connections"]["active"] == len(idle) + 1
                # Those that have had a request are idle as well.
                for raw in idle[::10]:
                    raw.sendall(b"GET /raw HTTP/1.1\r\nHost: x\r\n\r\n")
                for raw in idle[::10]:
                    assert raw.recv(65536).startswith(b"HTTP/1.1 200 ")
                each = watch.growth / len(idle)
                print(f"{each:.0f} bytes for an idle connection")
                assert each < 8192
            good.wait(5)
            assert good.slowest < PATIENCE


def test_a_flood_of_pipelined_requests(start_gateway: StartGateway) -> None:
    """Who asks without reading is read no further than there is room for it."""
    with RawUpstream(serve) as upstream:
        file = KongFile(limits={"send_timeout": 1000}).route("/raw", url=upstream.url)
        with start_gateway(file) as gateway, GoodClient(gateway.address, "/raw") as good:
            watch = Watch(gateway)
            flood = b"GET /raw HTTP/1.1\r\nHost: x\r\n\r\n" * 20_000
            with clients(gateway, 10) as many:
                for raw in many:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    raw.setblocking(False)
                end = time.monotonic() + 2
                sent = [0] * len(many)
                while time.monotonic() < end:
                    for index, raw in enumerate(many):
                        with contextlib.suppress(OSError):
                            sent[index] += raw.send(flood[sent[index] % 30 :])
                    watch.look()
                good.wait(5)
            assert good.slowest < PATIENCE
            assert watch.growth < 32 * MEGABYTE


def test_clients_that_never_read(start_gateway: StartGateway) -> None:
    with RawUpstream(pour) as upstream, RawUpstream(serve) as other:
        file = KongFile(limits={"send_timeout": 1000}).route("/raw", url=upstream.url)
        file.route("/good", url=other.url)
        with start_gateway(file) as gateway, GoodClient(gateway.address, "/good") as good:
            watch = Watch(gateway)
            with clients(gateway, 50) as deaf:
                for raw in deaf:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    raw.sendall(b"GET /raw HTTP/1.1\r\nHost: x\r\n\r\n")
                for _ in range(10):
                    good.wait(10)
                    watch.look()
                gateway.wait_for_log('"reason":"send-timeout"')
            assert good.slowest < PATIENCE
            # For each what its upstream may be ahead: 64 MB wait for none of them.
            assert watch.growth < 64 * MEGABYTE

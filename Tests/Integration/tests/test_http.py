# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 through the host, byte for byte: framing, trailers, versions, pressure."""

import os
import re
import signal
import socket
import threading

from harness import KongFile, ai_proxy, request
from harness.processes import resident
from harness.raw_upstream import RawUpstream, read_exactly, read_head
from harness.sdk import user
from tests.conftest import StartGateway

MEGABYTE = 1 << 20


def client(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, timeout=20)


def test_chunks_and_trailers_pass_both_ways(start_gateway: StartGateway) -> None:
    seen: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        seen.append(read_head(connection))
        seen.append(read_exactly(connection, len(b"5\r\nhello\r\n")))
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n")
        seen.append(read_exactly(connection, len(b"0\r\nX-Sum: 1\r\n\r\n")))
        connection.sendall(b"0\r\nX-Count: 3\r\n\r\n")

    with RawUpstream(talk) as upstream, start_gateway(
        KongFile().route("/raw", url=upstream.url)
    ) as gateway, client(gateway.address) as raw:
        raw.sendall(
            b"POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Trailer: X-Sum\r\n\r\n5;a=b\r\nhello\r\n"
        )
        head = read_head(raw)
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nTransfer-Encoding: chunked\r\n" in head
        assert read_exactly(raw, len(b"3\r\nyes\r\n")) == b"3\r\nyes\r\n"
        raw.sendall(b"0\r\nX-Sum: 1\r\n\r\n")
        end = b"0\r\nX-Count: 3\r\n\r\n"
        assert read_exactly(raw, len(end)) == end
    assert b"\r\nTransfer-Encoding: chunked\r\n" in seen[0]
    assert seen[1:] == [b"5\r\nhello\r\n", b"0\r\nX-Sum: 1\r\n\r\n"]


def test_an_offered_upgrade_is_not_taken(start_gateway: StartGateway) -> None:
    heads: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with RawUpstream(talk) as upstream, start_gateway(
        KongFile().route("/raw", url=upstream.url)
    ) as gateway, client(gateway.address) as raw:
        raw.sendall(
            b"GET /raw HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, X-Gone\r\n"
            b"Upgrade: h2c\r\nX-Gone: 1\r\n\r\n"
        )
        assert read_head(raw).startswith(b"HTTP/1.1 200 OK\r\n")
        assert read_exactly(raw, 2) == b"ok"
    head = heads[0].lower()
    assert b"upgrade" not in head
    assert b"x-gone" not in head


def test_an_upstream_that_switches_protocols_unasked_is_refused(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")

    with RawUpstream(talk) as upstream, start_gateway(
        KongFile().route("/raw", url=upstream.url)
    ) as gateway, client(gateway.address) as raw:
        raw.sendall(b"GET /raw HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_head(raw).startswith(b"HTTP/1.1 502 ")


def test_an_old_client_gets_a_body_that_ends_with_the_connection(
    start_gateway: StartGateway,
) -> None:
    def talk(connection: socket.socket) -> None:
        assert read_head(connection).startswith(b"GET / HTTP/1.1\r\n")
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(b"2\r\nok\r\n0\r\n\r\n")

    with RawUpstream(talk) as upstream, start_gateway(
        KongFile().route("/raw", url=upstream.url)
    ) as gateway, client(gateway.address) as raw:
        raw.sendall(b"GET /raw HTTP/1.0\r\n\r\n")
        head = read_head(raw)
        assert b"chunked" not in head
        assert b"\r\nConnection: close\r\n" in head
        assert raw.recv(100) + raw.recv(100) == b"ok"


def test_a_slow_client_slows_the_upstream(start_gateway: StartGateway) -> None:
    """64 MB for a client that does not read: they wait in the upstream, not in the gateway."""
    size, sent = 64 * MEGABYTE, [0]
    stuck = threading.Event()

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        connection.settimeout(1)
        piece = b"x" * MEGABYTE
        while sent[0] < size:
            try:
                sent[0] += connection.send(piece[: size - sent[0]])
            except TimeoutError:
                stuck.set()
                connection.settimeout(20)

    with RawUpstream(talk) as upstream, start_gateway(
        KongFile().route("/raw", url=upstream.url)
    ) as gateway, client(gateway.address) as raw:
        before = resident(gateway.pid)
        raw.sendall(b"GET /raw HTTP/1.1\r\nHost: x\r\n\r\n")
        read_head(raw)
        assert stuck.wait(20), "the upstream never had to wait"
        # What the kernel's own buffers hold is not the gateway's.
        assert sent[0] < size // 2
        assert resident(gateway.pid) - before < 16 * MEGABYTE
        received = 0
        while piece := raw.recv(MEGABYTE):
            received += len(piece)
            if received == size:
                break
        assert received == size, "the response was cut"


def test_what_an_upstream_sent_before_it_closed_reaches_a_slow_client(
    start_gateway: StartGateway,
) -> None:
    # More than the gateway's socket takes, so that it has to wait; the rest fits between it and the upstream.
    size = 6 * MEGABYTE
    closed = threading.Event()

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"y" * size)
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with RawUpstream(talk) as upstream, start_gateway(
        KongFile().route("/raw", url=upstream.url)
    ) as gateway, client(gateway.address) as raw:
        raw.sendall(b"GET /raw HTTP/1.0\r\n\r\n")
        read_head(raw)
        closed.wait(5)
        received = 0
        while piece := raw.recv(MEGABYTE):
            received += len(piece)
        assert received == size


def test_a_slow_upstream_slows_the_client(start_gateway: StartGateway) -> None:
    size = 24 * MEGABYTE
    go_on = threading.Event()
    received = [0]

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        go_on.wait(20)
        while piece := connection.recv(MEGABYTE):
            received[0] += len(piece)
            if received[0] == size:
                break
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with RawUpstream(talk) as upstream, start_gateway(
        KongFile(limits={"request_body": "64MiB"}).route("/raw", url=upstream.url)
    ) as gateway, client(gateway.address) as raw:
        before = resident(gateway.pid)
        raw.sendall(b"POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
        raw.settimeout(1)
        sent, piece = 0, b"x" * MEGABYTE
        try:
            while sent < size:
                sent += raw.send(piece[: size - sent])
        except TimeoutError:
            pass
        assert sent < size, "the gateway took all that nobody read"
        assert resident(gateway.pid) - before < 8 * MEGABYTE
        go_on.set()
        raw.settimeout(20)
        while sent < size:
            sent += raw.send(piece[: size - sent])
        assert read_head(raw).startswith(b"HTTP/1.1 204 ")
    assert received[0] == size


def test_the_last_response_of_a_connection_is_whole_for_a_slow_client(
    start_gateway: StartGateway,
) -> None:
    size = 12 * MEGABYTE

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"z" * size)

    with RawUpstream(talk) as upstream, start_gateway(
        KongFile().route("/raw", url=upstream.url)
    ) as gateway, socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        raw.settimeout(20)
        raw.connect(gateway.address)
        raw.sendall(b"GET /raw HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        read_head(raw)
        received = 0
        while piece := raw.recv(65536):
            received += len(piece)
        assert received == size


def test_an_upload_goes_on_while_the_gateway_stops(start_gateway: StartGateway) -> None:
    received: list[bytes] = []
    begun = threading.Event()

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        begun.set()
        received.append(read_exactly(connection, 300_000))
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with RawUpstream(talk) as upstream, start_gateway(
        KongFile().route("/raw", url=upstream.url)
    ) as gateway, client(gateway.address) as raw:
        raw.sendall(b"POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n")
        raw.sendall(b"a" * 150_000)
        # A connection on which nothing has begun may be closed.
        assert begun.wait(5)
        os.kill(gateway.pid, signal.SIGTERM)
        gateway.wait_for_log("stopping")
        raw.sendall(b"b" * 150_000)
        assert read_head(raw).startswith(b"HTTP/1.1 204 ")
        assert gateway.stop() == 0
    assert received == [b"a" * 150_000 + b"b" * 150_000]


def test_a_body_that_stalls_while_a_plugin_wants_it_whole(start_gateway: StartGateway) -> None:
    gone = threading.Event()

    def talk(connection: socket.socket) -> None:
        head = read_head(connection)
        length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))  # type: ignore[union-attr]
        read_exactly(connection, length)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        assert connection.recv(1) == b""
        gone.set()

    with RawUpstream(talk) as upstream:
        proxy = ai_proxy(f"{upstream.url}/v1/chat/completions")
        with start_gateway(KongFile().route("/chat", proxy, read_timeout=300)) as gateway:
            response = request(gateway.address, "POST", "/chat", {"messages": user()})
            assert response.status == 504, response
            assert gone.wait(5)


def test_an_open_plugin_that_cannot_take_a_body_does_not_lose_it(
    start_gateway: StartGateway,
) -> None:
    received: list[bytes] = []
    body = b"x" * 200_000

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        received.append(read_exactly(connection, len(body)))
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with RawUpstream(talk) as upstream:
        proxy = ai_proxy("http://127.0.0.1:9/", max_request_body_size=1000)
        file = KongFile(processes={"ai-proxy": {"on_failure": "open"}})
        with start_gateway(file.route("/open", proxy, url=upstream.url)) as gateway:
            with client(gateway.address) as raw:
                raw.sendall(b"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n")
                for start in range(0, len(body), 50_000):
                    raw.sendall(body[start : start + 50_000])
                assert read_head(raw).startswith(b"HTTP/1.1 204 ")
    assert received == [body]


def test_a_client_that_never_pauses_costs_no_memory(start_gateway: StartGateway) -> None:
    head = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nX-Long: " + b"l" * 4000 + b"\r\n\r\n"
    count = 24 * MEGABYTE // len(head)
    # So that a request is always cut at the end of what is read.
    data = memoryview(head * count)
    with start_gateway(KongFile().route("/raw")) as gateway, client(gateway.address) as raw:
        sender = threading.Thread(target=raw.sendall, args=(data,))
        before = resident(gateway.pid)
        sender.start()
        with raw.makefile("rb") as responses:
            for _ in range(count):
                assert responses.readline() == b"HTTP/1.1 404 Not Found\r\n"
                length = 0
                while (line := responses.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                responses.read(length)
        sender.join()
        assert resident(gateway.pid) - before < 12 * MEGABYTE

# SPDX-License-Identifier: Apache-2.0
"""WebSocket passes through: a client and an upstream of the websockets package, and bytes by hand."""

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from harness import Certificates, Gateway, KongFile, LogFile, ai_proxy, file_log
from harness.raw_upstream import RawUpstream, read_exactly, read_head
from tests.conftest import StartGateway

MEGABYTE = 1 << 20
KEY = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
ASK = f"GET /x HTTP/1.1\r\nHost: x\r\n{UPGRADE}{KEY}\r\n".encode()
AGREE = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


@contextmanager
def server(
    handle: Callable[[ServerConnection], None],
    tls: ssl.SSLContext | None = None,
    protocols: list[Subprotocol] | None = None,
) -> Iterator[int]:
    with serve(handle, "127.0.0.1", 0, ssl=tls, max_size=None, subprotocols=protocols) as running:
        assert isinstance(running, Server)
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running.socket.getsockname()[1]
        running.shutdown()
        thread.join(10)


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def address(gateway: Gateway, path: str = "/x") -> str:
    return f"ws://127.0.0.1:{gateway.port}{path}"


def test_messages_pass_both_ways(start_gateway: StartGateway, tmp_path: Path) -> None:
    asked: list[str] = []

    def handle(connection: ServerConnection) -> None:
        assert connection.request
        asked.append(connection.request.path)
        asked.append(connection.request.headers["X-Real-IP"])
        echo(connection)

    log = LogFile(tmp_path / "log")
    with server(handle, protocols=[Subprotocol("chat")]) as port:
        file = KongFile().route("/x", file_log(log.path), url=f"http://127.0.0.1:{port}/base")
        with start_gateway(file) as gateway:
            with connect(
                address(gateway, "/x/y?z=1"),
                max_size=None,
                subprotocols=[Subprotocol("chat")],
                additional_headers={"x-test": "messages"},
            ) as socket:
                assert socket.subprotocol == "chat"
                assert socket.response
                assert socket.response.headers["X-Patchbay-Request-Id"]
                for message in ["hello", "", "ä" * 1000, b"\0\xff", os.urandom(3 * MEGABYTE)]:
                    socket.send(message)
                    assert socket.recv(20) == message
                assert socket.ping().wait(10)
            assert asked == ["/base/y?z=1", "127.0.0.1"]
            # Counted and logged when it is over.
            entry = log.entry("messages")
    assert entry["response"]["status"] == 101
    assert int(entry["response"]["size"]) > 3 * MEGABYTE
    assert int(entry["request"]["size"]) > 3 * MEGABYTE


def test_over_tls_it_is_asked_for_in_http1(
    start_gateway: StartGateway, tmp_path_factory: pytest.TempPathFactory
) -> None:
    certificates = Certificates(tmp_path_factory.mktemp("certificates"))
    tls = certificates.server("ws", "IP:127.0.0.1")
    # It would choose HTTP/2 if that were offered.
    tls.set_alpn_protocols(["h2", "http/1.1"])
    with server(echo, tls) as port:
        file = KongFile(trusted_certificates=str(certificates.authority))
        file.route("/x", url=f"https://127.0.0.1:{port}")
        with start_gateway(file) as gateway, connect(address(gateway), max_size=None) as socket:
            for message in ["hello", os.urandom(MEGABYTE)]:
                socket.send(message)
                assert socket.recv(20) == message


def test_the_upstream_may_close(start_gateway: StartGateway) -> None:
    def handle(connection: ServerConnection) -> None:
        connection.send("bye")
        connection.close(4000, "enough")

    with (
        server(handle) as port,
        start_gateway(KongFile().route("/x", url=f"http://127.0.0.1:{port}")) as gateway,
        connect(address(gateway)) as socket,
    ):
        assert socket.recv(10) == "bye"
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(10)
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 4000


def test_a_client_that_leaves_takes_the_upstream_with_it(start_gateway: StartGateway) -> None:
    left = threading.Event()

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(AGREE)
        assert read_exactly(connection, 4) == b"last"
        assert connection.recv(1) == b""
        left.set()

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/x", url=upstream.url)) as gateway,
    ):
        raw = socket.create_connection(gateway.address, timeout=20)
        raw.sendall(ASK)
        assert read_head(raw).startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
        raw.sendall(b"last")
        raw.close()
        assert left.wait(10)


def test_bytes_behind_the_heads_are_not_lost(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        head = read_head(connection)
        assert b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" in head
        connection.sendall(AGREE + b"from the upstream")
        assert read_exactly(connection, 5) == b"early"
        connection.sendall(b"!")

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/x", url=upstream.url)) as gateway,
        socket.create_connection(gateway.address, timeout=20) as raw,
    ):
        raw.sendall(ASK + b"early")
        head = read_head(raw)
        assert b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" in head
        assert b"Content-Length" not in head
        assert read_exactly(raw, 18) == b"from the upstream!"
        assert raw.recv(1) == b"", "the end of the upstream is the client's"


@pytest.mark.parametrize("slow", ["client", "upstream"])
def test_a_slow_side_slows_the_other(start_gateway: StartGateway, slow: str) -> None:
    size = 64 * MEGABYTE
    piece = os.urandom(MEGABYTE)
    go_on = threading.Event()
    sent = 0
    whole = threading.Event()

    def send(connection: socket.socket) -> None:
        nonlocal sent
        while sent < size:
            connection.sendall(piece)
            sent += len(piece)

    def read(connection: socket.socket) -> None:
        assert go_on.wait(20)
        for _ in range(size // MEGABYTE):
            assert read_exactly(connection, MEGABYTE) == piece
        whole.set()

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(AGREE)
        (read if slow == "upstream" else send)(connection)

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/x", url=upstream.url)) as gateway,
        socket.create_connection(gateway.address, timeout=20) as raw,
    ):
        raw.sendall(ASK)
        read_head(raw)
        other = threading.Thread(target=send if slow == "upstream" else read, args=(raw,))
        other.start()
        last = -1
        while sent != last:  # until nobody takes more
            last = sent
            time.sleep(0.3)
        assert sent < size / 2
        go_on.set()
        other.join(20)
        assert whole.wait(20)


def test_silence_ends_it(start_gateway: StartGateway) -> None:
    """The read timeout, between two bytes in whatever direction."""

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(AGREE)
        for _ in range(5):
            read_exactly(connection, 1)
        connection.recv(1)

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/x", url=upstream.url, read_timeout=500)) as gateway,
        socket.create_connection(gateway.address, timeout=20) as raw,
    ):
        raw.sendall(ASK)
        read_head(raw)
        start = time.monotonic()
        for _ in range(5):
            time.sleep(0.2)
            raw.sendall(b"x")
        assert raw.recv(1) == b""
        assert 1.4 < time.monotonic() - start < 5


# Where it is not passed on.


def test_an_upstream_may_refuse(start_gateway: StartGateway) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/x", url=upstream.url)) as gateway,
        pytest.raises(InvalidStatus) as refused,
        connect(address(gateway)),
    ):
        pass
    assert refused.value.response.status_code == 403
    assert refused.value.response.body == b"no"


@pytest.mark.parametrize(
    ("file", "ask"),
    [
        (KongFile(), ASK.replace(b"websocket", b"h2c")),
        (KongFile(), ASK.replace(b"websocket", b"websocket, h2c")),
        (KongFile(), ASK.replace(b"Connection: Upgrade\r\n", b"")),
        (KongFile(), ASK.replace(b"GET", b"PUT")),
        (KongFile(upstream={"websocket": False}), ASK),
    ],
    ids=["other", "one-of-two", "no-option", "other-method", "switched-off"],
)
def test_other_upgrades_are_not_asked_for(
    start_gateway: StartGateway, file: KongFile, ask: bytes
) -> None:
    heads: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with RawUpstream(talk) as upstream:
        file.services.clear()
        with (
            start_gateway(file.route("/x", url=upstream.url)) as gateway,
            socket.create_connection(gateway.address, timeout=20) as raw,
        ):
            raw.sendall(ask)
            assert read_head(raw).startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"upgrade" not in heads[0].lower()


def test_no_plugin_that_watches_bodies_is_passed_by(start_gateway: StartGateway) -> None:
    """ai-proxy reads bodies: nothing is tunnelled behind its back."""
    heads: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(AGREE)

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/x", ai_proxy(upstream.url))) as gateway,
        socket.create_connection(gateway.address, timeout=20) as raw,
    ):
        raw.sendall(ASK)
        assert not read_head(raw).startswith(b"HTTP/1.1 101 ")
    assert all(b"upgrade" not in head.lower() for head in heads)


def test_an_upstream_that_switches_to_something_else_is_refused(
    start_gateway: StartGateway,
) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(AGREE.replace(b"websocket", b"telnet"))

    with (
        RawUpstream(talk) as upstream,
        start_gateway(KongFile().route("/x", url=upstream.url)) as gateway,
        socket.create_connection(gateway.address, timeout=20) as raw,
    ):
        raw.sendall(ASK)
        assert read_head(raw).startswith(b"HTTP/1.1 502 ")

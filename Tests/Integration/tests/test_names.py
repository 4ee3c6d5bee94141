# SPDX-License-Identifier: Apache-2.0
"""Names of upstreams: a real name server whose answers change under the running gateway."""

import errno
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest

from harness import Gateway, KongFile, request
from harness.name_server import NameServer
from harness.raw_upstream import read_head
from tests.conftest import StartGateway

NAME = "upstream.example"


class Place:
    """An upstream at one address; several share a port."""

    def __init__(self, address: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._server = socket.create_server((address, port), family=family)
        self.address = address
        self.port = self._server.getsockname()[1]
        self.connections = 0
        self.open = 0
        self.hosts: list[bytes] = []
        # Lets requests with `?slow` go on.
        self.may_answer = threading.Event()
        self.changed = threading.Condition()

    def abandon(self) -> None:
        """Gives up the port, before anybody was served."""
        self._server.close()

    def __enter__(self) -> "Place":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self._count(1)
        with connection:
            try:
                while True:
                    head = read_head(connection)
                    lines = head.split(b"\r\n")
                    self.hosts += [line for line in lines if line.startswith(b"Host:")]
                    if b"?slow " in head:
                        self.may_answer.wait(20)
                    body = self.address.encode()
                    length = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                    connection.sendall(length + body)
            except OSError:
                self._count(-1)

    def _count(self, change: int) -> None:
        with self.changed:
            self.open += change
            self.connections += max(change, 0)
            self.changed.notify_all()

    def wait_until_open(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.open == count, 30), self.open


@contextmanager
def places(*addresses: str) -> Iterator[list[Place]]:
    """Upstreams at these addresses, all at the same port."""
    with ExitStack() as stack:
        found = _bound(addresses)
        for place in found:
            stack.enter_context(place)
        yield found


def _bound(addresses: Sequence[str]) -> list[Place]:
    """A port that is free at the first address may be in use at another: then it is another port's turn."""
    while True:
        found: list[Place] = []
        try:
            for address in addresses:
                found.append(Place(address, found[0].port if found else 0))
        except OSError as error:
            for place in found:
                place.abandon()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return found


@pytest.fixture
def names() -> Iterator[NameServer]:
    with NameServer() as server:
        yield server


def file_for(names: NameServer, port: int, **upstream: object) -> KongFile:
    settings = {"dns_resolver": [names.address], **upstream}
    file = KongFile(workers=1, upstream=settings)
    return file.route("/x", url=f"http://{NAME}:{port}", retries=0, connect_timeout=5000)


def ask(gateway: Gateway, path: str = "/x") -> str:
    response = request(gateway.address, "GET", path)
    return response.body.decode() if response.status == 200 else str(response.json()["message"])


def ask_until(gateway: Gateway, expected: str) -> None:
    # The gateway looks after its idle connections every ten seconds.
    deadline = time.monotonic() + 30
    while (last := ask(gateway)) != expected:
        assert time.monotonic() < deadline, last


def test_a_name_is_looked_up_once_while_its_answer_holds(
    start_gateway: StartGateway, names: NameServer
) -> None:
    with places("127.0.0.1") as (one,):
        names.set(NAME, "127.0.0.1", ttl=60)
        file = file_for(names, one.port, keepalive_pool_size=0)
        with start_gateway(file) as gateway:
            assert {ask(gateway) for _ in range(5)} == {"127.0.0.1"}
        assert one.connections == 5
        assert names.asked(NAME) == 1
        assert set(one.hosts) == {f"Host: {NAME}:{one.port}".encode()}


def test_a_changed_answer_moves_the_upstream(
    start_gateway: StartGateway, names: NameServer
) -> None:
    """Idle connections to the old address are closed, the one in use when it has ended."""
    with places("127.0.0.1", "127.0.0.2") as (old, new):
        names.set(NAME, "127.0.0.1", ttl=1)
        with start_gateway(file_for(names, old.port)) as gateway:
            slow = socket.create_connection(gateway.address, timeout=20)
            slow.sendall(b"GET /x?slow HTTP/1.1\r\nHost: x\r\n\r\n")
            old.wait_until_open(1)
            names.set(NAME, "127.0.0.2", ttl=1)
            names.wait_until_asked(NAME, 2)
            ask_until(gateway, "127.0.0.2")
            assert {ask(gateway) for _ in range(5)} == {"127.0.0.2"}
            assert old.open == 1, "the connection of a running exchange was closed"
            old.may_answer.set()
            assert read_head(slow).startswith(b"HTTP/1.1 200 ")
            old.wait_until_open(0)
            slow.close()
        assert new.connections == 1


def test_idle_connections_leave_an_old_address(
    start_gateway: StartGateway, names: NameServer
) -> None:
    with places("127.0.0.1", "127.0.0.2") as (old, _):
        names.set(NAME, "127.0.0.1", ttl=1)
        with start_gateway(file_for(names, old.port)) as gateway:
            assert ask(gateway) == "127.0.0.1"
            names.set(NAME, "127.0.0.2", ttl=1)
            # Nobody asks for anything: the gateway looks by itself.
            old.wait_until_open(0)
            assert ask(gateway) == "127.0.0.2"


def test_old_addresses_serve_while_the_name_server_fails(
    start_gateway: StartGateway, names: NameServer
) -> None:
    with places("127.0.0.1") as (one,):
        names.set(NAME, "127.0.0.1", ttl=1)
        with start_gateway(file_for(names, one.port, keepalive_pool_size=0)) as gateway:
            assert ask(gateway) == "127.0.0.1"
            names.set(NAME, error="SERVFAIL")
            asked = names.asked(NAME)
            deadline = time.monotonic() + 10
            while names.asked(NAME) < asked + 3:
                assert ask(gateway) == "127.0.0.1"
                assert time.monotonic() < deadline
            gateway.wait_for_log("a name could not be looked up")
            assert ask(gateway) == "127.0.0.1"


def test_old_addresses_have_an_end(start_gateway: StartGateway, names: NameServer) -> None:
    with places("127.0.0.1") as (one,):
        names.set(NAME, "127.0.0.1", ttl=1)
        file = file_for(names, one.port, keepalive_pool_size=0, dns_stale_ttl=1)
        with start_gateway(file) as gateway:
            assert ask(gateway) == "127.0.0.1"
            names.set(NAME, error="SERVFAIL")
            ask_until(gateway, "name resolution failed")
            names.set(NAME, "127.0.0.1")
            ask_until(gateway, "127.0.0.1")


def test_a_name_that_does_not_exist_is_not_asked_for_again_and_again(
    start_gateway: StartGateway, names: NameServer
) -> None:
    file = file_for(names, 1)
    with start_gateway(file) as gateway:
        for _ in range(5):
            response = request(gateway.address, "GET", "/x")
            assert response.status == 503
            assert response.json()["message"] == "name resolution failed"
    assert names.asked(NAME) == 1


def test_addresses_are_used_in_turn(start_gateway: StartGateway, names: NameServer) -> None:
    with places("127.0.0.1", "127.0.0.2", "127.0.0.3") as all_places:
        names.set(NAME, "127.0.0.1", "127.0.0.2", "127.0.0.3")
        file = file_for(names, all_places[0].port, keepalive_pool_size=0)
        with start_gateway(file) as gateway:
            for _ in range(9):
                assert ask(gateway).startswith("127.0.0.")
        assert [one.connections for one in all_places] == [3, 3, 3]


def test_an_address_where_nobody_listens_is_passed_over(
    start_gateway: StartGateway, names: NameServer
) -> None:
    with places("127.0.0.2") as (one,):
        names.set(NAME, "127.0.0.1", "127.0.0.2")
        with start_gateway(file_for(names, one.port, keepalive_pool_size=0)) as gateway:
            assert {ask(gateway) for _ in range(6)} == {"127.0.0.2"}


def test_version_6_is_tried_first_and_version_4_then(
    start_gateway: StartGateway, names: NameServer
) -> None:
    names.set(NAME, "127.0.0.1", "::1")
    with places("127.0.0.1") as (old,):
        with start_gateway(file_for(names, old.port, keepalive_pool_size=0)) as gateway:
            assert ask(gateway) == "127.0.0.1"
            with Place("::1", old.port):
                assert ask(gateway) == "::1"


@pytest.mark.parametrize("how", ["url", "host"])
def test_an_address_of_version_6_is_written_in_brackets(
    start_gateway: StartGateway, how: str
) -> None:
    with places("::1") as (one,):
        if how == "url":
            file = KongFile().route("/x", url=f"http://[::1]:{one.port}")
        else:
            file = KongFile().route("/x")
            del file.services[0]["url"]
            file.services[0] |= {"host": "[::1]", "port": one.port}
        with start_gateway(file) as gateway:
            assert ask(gateway) == "::1"
        assert one.hosts == [f"Host: [::1]:{one.port}".encode()]


def test_the_hosts_file_counts(start_gateway: StartGateway, names: NameServer) -> None:
    with places("127.0.0.1") as (one,):
        file = KongFile(upstream={"dns_resolver": [names.address]})
        with start_gateway(file.route("/x", url=f"http://localhost:{one.port}")) as gateway:
            assert ask(gateway) == "127.0.0.1"
        assert names.asked("localhost") == 0


def test_a_silent_name_server_holds_up_nobody_else(
    start_gateway: StartGateway, names: NameServer
) -> None:
    with places("127.0.0.1") as (one,):
        names.silence("silent.example")
        names.set(NAME, "127.0.0.1")
        file = file_for(names, one.port)
        file.route("/silent", url="http://silent.example", connect_timeout=500, retries=0)
        with start_gateway(file) as gateway:
            slow = socket.create_connection(gateway.address, timeout=20)
            slow.sendall(b"GET /silent HTTP/1.1\r\nHost: x\r\n\r\n")
            names.wait_until_asked("silent.example", 1)
            start = time.monotonic()
            assert ask(gateway) == "127.0.0.1"
            assert time.monotonic() - start < 0.4
            assert read_head(slow).startswith(b"HTTP/1.1 504 ")
            slow.close()

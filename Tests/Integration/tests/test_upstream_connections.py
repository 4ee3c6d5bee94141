# SPDX-License-Identifier: Apache-2.0
"""How many connections to upstreams there are, how long they live, and who waits for one."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

from harness import Gateway, KongFile, request
from harness.raw_upstream import RawUpstream, read_head
from tests.conftest import StartGateway

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Counted:
    """An upstream that counts its connections, and answers when it is let."""

    def __init__(self) -> None:
        self.connections = 0
        self.open = 0
        self.most = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._changed = threading.Condition()
        self._requests = 0

    def talk(self, connection: socket.socket) -> None:
        with self._changed:
            self.connections += 1
            self.open += 1
            self.most = max(self.most, self.open)
            self._changed.notify_all()
        try:
            while True:
                read_head(connection)
                with self._changed:
                    self._requests += 1
                    self._changed.notify_all()
                self.may_answer.wait(20)
                connection.sendall(OK)
        finally:
            with self._changed:
                self.open -= 1
                self._changed.notify_all()

    def wait(self, requests: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._requests >= requests, 10), self._requests

    def wait_until_open(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.open == count, 10), self.open


def get(gateway: Gateway) -> int:
    return request(gateway.address, "GET", "/x").status


def test_who_finds_no_connection_waits_and_then_is_refused(start_gateway: StartGateway) -> None:
    counted = Counted()
    file = KongFile(workers=1, upstream={"max_connections": 2, "max_waiting": 3})
    with (
        RawUpstream(counted.talk) as upstream,
        start_gateway(file.route("/x", url=upstream.url)) as gateway,
        ThreadPoolExecutor(8) as pool,
    ):
        counted.may_answer.clear()
        running = [pool.submit(get, gateway) for _ in range(2)]
        counted.wait(2)
        others = [pool.submit(get, gateway) for _ in range(4)]
        # One of the four is one too many, whichever it is.
        refused = next(as_completed(others, timeout=10))
        assert refused.result() == 503
        response = request(gateway.address, "GET", "/x")
        assert response.status == 503
        assert response.json()["message"] == "The upstream server has no free connection"
        counted.may_answer.set()
        assert [one.result(10) for one in running] == [200, 200]
        assert sorted(one.result(10) for one in others) == [200, 200, 200, 503]
    assert counted.most == 2
    assert counted.connections == 2


def test_who_waits_too_long_is_refused(start_gateway: StartGateway) -> None:
    counted = Counted()
    file = KongFile(workers=1, upstream={"max_connections": 1})
    with RawUpstream(counted.talk) as upstream:
        file.route("/x", url=upstream.url, connect_timeout=200, retries=5)
        with start_gateway(file) as gateway, ThreadPoolExecutor(1) as pool:
            counted.may_answer.clear()
            running = pool.submit(get, gateway)
            counted.wait(1)
            assert get(gateway) == 503
            counted.may_answer.set()
            assert running.result(10) == 200
            assert get(gateway) == 200
    assert counted.connections == 1


def test_a_client_that_leaves_gives_its_place_to_the_next(start_gateway: StartGateway) -> None:
    counted = Counted()
    file = KongFile(workers=1, upstream={"max_connections": 1, "max_waiting": 1})
    with (
        RawUpstream(counted.talk) as upstream,
        start_gateway(file.route("/x", url=upstream.url)) as gateway,
        ThreadPoolExecutor(2) as pool,
    ):
        counted.may_answer.clear()
        gone = socket.create_connection(gateway.address)
        gone.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        counted.wait(1)
        two = [pool.submit(get, gateway) for _ in range(2)]
        # One is in line when the other is refused.
        refused = next(as_completed(two, timeout=10))
        assert refused.result() == 503
        gone.close()
        counted.may_answer.set()
        assert sorted(one.result(10) for one in two) == [200, 503]
    assert counted.most <= 2


def test_a_connection_ends_with_its_last_request(start_gateway: StartGateway) -> None:
    counted = Counted()
    file = KongFile(workers=1, upstream={"keepalive_max_requests": 3})
    with (
        RawUpstream(counted.talk) as upstream,
        start_gateway(file.route("/x", url=upstream.url)) as gateway,
    ):
        assert {get(gateway) for _ in range(7)} == {200}
        counted.wait_until_open(1)
    assert counted.connections == 3


def test_no_idle_connections_are_kept_where_none_may_be(start_gateway: StartGateway) -> None:
    counted = Counted()
    file = KongFile(workers=1, upstream={"keepalive_pool_size": 0})
    with (
        RawUpstream(counted.talk) as upstream,
        start_gateway(file.route("/x", url=upstream.url)) as gateway,
    ):
        assert {get(gateway) for _ in range(3)} == {200}
        counted.wait_until_open(0)
    assert counted.connections == 3


def test_an_idle_connection_is_closed_after_its_time(start_gateway: StartGateway) -> None:
    counted = Counted()
    file = KongFile(workers=1, upstream={"keepalive_idle_timeout": 1})
    with (
        RawUpstream(counted.talk) as upstream,
        start_gateway(file.route("/x", url=upstream.url)) as gateway,
    ):
        assert get(gateway) == 200
        counted.wait_until_open(0)
        assert get(gateway) == 200
    assert counted.connections == 2


def test_idle_connections_are_closed_when_the_gateway_stops(start_gateway: StartGateway) -> None:
    """While one exchange still runs."""
    counted = Counted()
    with (
        RawUpstream(counted.talk) as upstream,
        start_gateway(KongFile(workers=1).route("/x", url=upstream.url)) as gateway,
        ThreadPoolExecutor(3) as pool,
    ):
        counted.may_answer.clear()
        two = [pool.submit(get, gateway) for _ in range(2)]
        counted.wait(2)
        counted.may_answer.set()
        assert [one.result(10) for one in two] == [200, 200]
        counted.may_answer.clear()
        last = pool.submit(get, gateway)
        counted.wait(3)
        stopped = pool.submit(gateway.stop)
        counted.wait_until_open(1)
        counted.may_answer.set()
        assert last.result(10) == 200
        assert stopped.result(20) == 0
        counted.wait_until_open(0)

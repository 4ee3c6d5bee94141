# SPDX-License-Identifier: Apache-2.0
"""tcp-log: lines over TCP and TLS, over one connection that is made anew when it is gone."""

import errno
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness import Gateway, KongFile, ai_echo, request
from harness.certificates import Certificates
from harness.collectors import LineCollector
from harness.gateway import free_ports
from harness.name_server import NameServer

ECHO = ai_echo()


def tcp_log(port: int, **config: Any) -> dict[str, Any]:
    return {"name": "tcp-log", "config": {"host": "127.0.0.1", "port": port, **config}}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def collector() -> Iterator[LineCollector]:
    with LineCollector() as collector:
        yield collector


@pytest.fixture(scope="module")
def names() -> list[str | None]:
    """What clients of the secured collector have asked for."""
    return []


@pytest.fixture(scope="module")
def secured(certificates: Certificates, names: list[str | None]) -> Iterator[LineCollector]:
    context = certificates.server("collector", "DNS:logs.example")
    context.sni_callback = lambda _, name, __: names.append(name)
    with LineCollector(context) as collector:
        yield collector


@pytest.fixture(scope="module")
def late_port() -> int:
    """Where nobody listens until a test does."""
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def gateway(
    collector: LineCollector,
    secured: LineCollector,
    certificates: Certificates,
    late_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    file = KongFile(trusted_certificates=str(certificates.authority))
    file.route("/plain", ECHO, tcp_log(collector.port))
    file.route("/brief", ECHO, tcp_log(collector.port, keepalive=1))
    file.route("/late", ECHO, tcp_log(late_port))
    tls = {"tls": True, "tls_sni": "logs.example"}
    file.route("/tls", ECHO, tcp_log(secured.port, **tls))
    file.route("/other-name", ECHO, tcp_log(secured.port, tls=True, tls_sni="b.example"))
    unverified = {"tls": True, "tls_sni": "b.example", "ssl_verify": False}
    file.route("/unverified", ECHO, tcp_log(secured.port, **unverified))
    with Gateway(file, tmp_path_factory.mktemp("tcp-log")) as gateway:
        yield gateway


def ask(gateway: Gateway, path: str) -> None:
    body = {"messages": [{"role": "user", "content": "hi"}]}
    assert request(gateway.address, "POST", path, body).status == 200


def lines(collector: LineCollector, start: str, count: int) -> list[str]:
    """The URIs of the lines for a route, once there are so many."""

    def mine(all: list[dict[str, Any]]) -> list[str]:
        uris = [one["request"]["uri"] for one in all]
        return [uri for uri in uris if uri.startswith(start)]

    return mine(collector.lines.wait(lambda all: len(mine(all)) >= count))


def test_an_entry_is_a_line_and_a_connection_is_used_again(
    gateway: Gateway, collector: LineCollector
) -> None:
    for number in range(5):
        ask(gateway, f"/plain/{number}")
    assert sorted(lines(collector, "/plain", 5)) == [f"/plain/{number}" for number in range(5)]
    assert len(collector.connections.all) == 1


def test_a_connection_that_was_closed_is_made_anew(
    gateway: Gateway, collector: LineCollector
) -> None:
    ask(gateway, "/plain/before")
    lines(collector, "/plain/before", 1)
    known = collector.connections.all
    known[-1].shutdown(socket.SHUT_RDWR)
    # Until the gateway has seen it, a line may go into the broken connection, as in Kong.
    for number in range(200):
        ask(gateway, f"/plain/again/{number}")
        if len(collector.connections.all) > len(known):
            break
    assert lines(collector, "/plain/again", 1)


def test_an_idle_connection_is_closed(gateway: Gateway, collector: LineCollector) -> None:
    before = len(collector.connections.all)
    ask(gateway, "/brief/1")
    lines(collector, "/brief/1", 1)
    connection = collector.connections.all[before]
    deadline = time.monotonic() + 5
    while connection.fileno() >= 0 and time.monotonic() < deadline:
        pass
    assert connection.fileno() < 0, "the gateway has not closed it"


def test_entries_wait_for_a_server_that_is_not_there(gateway: Gateway, late_port: int) -> None:
    ask(gateway, "/late/1")
    gateway.wait_for_log("entries were not delivered")
    with LineCollector(port=late_port) as collector:
        ask(gateway, "/late/2")
        assert lines(collector, "/late", 2) == ["/late/1", "/late/2"]


def test_tls_asks_for_the_name_and_expects_it(
    gateway: Gateway, secured: LineCollector, names: list[str | None]
) -> None:
    ask(gateway, "/tls/1")
    assert lines(secured, "/tls", 1) == ["/tls/1"]
    assert names == ["logs.example"]
    ask(gateway, "/unverified/1")
    assert lines(secured, "/unverified", 1) == ["/unverified/1"]
    ask(gateway, "/other-name/1")
    gateway.wait_for_log("upstream_tls")
    assert lines(secured, "/other-name", 0) == []


def test_the_next_address_is_tried_when_one_says_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        names = stack.enter_context(NameServer())
        collector = stack.enter_context(beside_a_silent_one())
        names.set("logs.example", "127.0.0.2", "127.0.0.1")
        file = KongFile(workers=1, upstream={"dns_resolver": [names.address]})
        # Two connections: who connects gets the addresses in turn.
        for path in ("/one", "/two"):
            to_both = {"host": "logs.example", "timeout": 60_000}
            file.route(path, ECHO, tcp_log(collector.port, **to_both))
        gateway = stack.enter_context(Gateway(file, tmp_path))
        for path in ("/one", "/two"):
            ask(gateway, path)
            assert lines(collector, path, 1) == [path]


@contextmanager
def beside_a_silent_one() -> Iterator[LineCollector]:
    """A collector at 127.0.0.1. At 127.0.0.2 and the same port nobody answers who connects."""
    while True:
        with LineCollector() as collector, ExitStack() as stack:
            silent = stack.enter_context(socket.socket())
            try:
                silent.bind(("127.0.0.2", collector.port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                continue
            # There is room for one that is not accepted; whoever comes then is not heard.
            silent.listen(0)
            stack.enter_context(socket.create_connection(silent.getsockname()))
            yield collector
            return

# SPDX-License-Identifier: Apache-2.0
"""What plugins write through host services counts once, also when a call dies half-way and is run again."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, connect, request
from harness.raw_upstream import RawUpstream, read_exactly, read_head

HEADERS = {"Authorization": f"Bearer {KEY}"}
MODELS = "/v1/models"


class Witness(RawUpstream):
    """Whom the plugin tells how far its call has come: between a write and the reply. It waits for the answer."""

    def __init__(self, told: Callable[[str], None] = lambda message: None) -> None:
        super().__init__(self._talk_to)
        self._told = told
        self.messages: list[str] = []

    def _talk_to(self, connection: socket.socket) -> None:
        while True:
            head = read_head(connection).lower()
            length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
            message = read_exactly(connection, length).decode()
            self.messages.append(message)
            self._told(message)
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


class Killer:
    """Kills the plugin's process, and the call that speaks with it, at the messages it is told, once each."""

    def __init__(self, *victims: str) -> None:
        self.victims = set(victims)
        self.gateway: Gateway | None = None

    def __call__(self, message: str) -> None:
        if message in self.victims:
            self.victims.remove(message)
            assert self.gateway is not None
            self.gateway.kill()


def does(task: str, **config: Any) -> dict[str, Any]:
    return {"name": "gateway-test", "config": {"does": task, **config}}


def test_a_call_that_dies_behind_its_writes_counts_once(
    gateway_test_plugins: Path, tmp_path: Path, fake: FakeOpenAI
) -> None:
    killer = Killer("1", "3")
    with Witness(killer) as witness:
        file = KongFile().route("/tally", does("tally", url=witness.url), url=fake.url)
        file.route("/count", does("count"), url=fake.url)
        with Gateway(file, tmp_path, plugins=gateway_test_plugins) as gateway:
            killer.gateway = gateway
            for number in range(1, 5):
                response = request(gateway.address, "GET", f"/tally{MODELS}", None, HEADERS)
                assert response.status == 200
                assert fake.last.header("x-count") == str(number)
            request(gateway.address, "GET", f"/count{MODELS}", None, HEADERS)
            assert fake.last.header("x-count") == "5", "the store's value was written once a call too"
            [process] = gateway.processes()
            assert process["restarts"] == 2
    # The calls that were run again made their writes again, and got the first answers.
    assert witness.messages == ["1", "1", "2", "3", "3", "4"]


def test_a_stream_counts_its_pieces_once_over_the_death_of_its_process(
    gateway_test_plugins: Path, tmp_path: Path
) -> None:
    pieces = 8
    go_on = threading.Semaphore(0)
    totals: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        totals.extend(line for line in read_head(connection).split(b"\r\n") if b"x-count" in line)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(pieces):
            connection.sendall(b"7\r\npiece-%d\r\n" % number)
            assert go_on.acquire(timeout=20)
        connection.sendall(b"0\r\n\r\n")

    # A new process knows its calls by a new stream, whose first call is not the exchange's first.
    killer = Killer("3", "6", "7")
    with Witness(killer) as witness, RawUpstream(talk) as upstream:
        file = KongFile().route("/pieces", does("tallyPieces", url=witness.url), url=upstream.url)
        with Gateway(file, tmp_path, plugins=gateway_test_plugins) as gateway:
            killer.gateway = gateway
            for start in (0, pieces):
                connection = connect(gateway.address)
                connection.request("GET", "/pieces")
                response = connection.getresponse()
                for number in range(pieces):
                    assert response.read(7) == b"PIECE-%d" % number
                    go_on.release()
                assert response.read() == b""
                told = [str(start + number) for number in range(1, pieces + 1)]
                if start == 0:
                    assert witness.messages == ["1", "2", "3", "3", "4", "5", "6", "6", "7", "7", "8"]
                else:
                    assert witness.messages == told
                witness.messages.clear()
            [process] = gateway.processes()
            assert process["restarts"] == 3
    assert totals == [b"x-count: 0", b"x-count: %d" % pieces]


def test_a_call_that_writes_without_end_is_refused_and_harms_no_other(
    gateway_test_plugins: Path, tmp_path: Path, fake: FakeOpenAI
) -> None:
    with Witness() as witness:
        file = KongFile()
        file.route("/fill", does("fill"), url=fake.url)
        file.route("/tally", does("tally", url=witness.url), url=fake.url)
        with Gateway(file, tmp_path, plugins=gateway_test_plugins) as gateway:
            for round in (1, 2):
                assert request(gateway.address, "GET", f"/fill{MODELS}", None, HEADERS).status == 500
                assert gateway.admin("/status")["gateway"]["refused_writes"] == round
                assert any("too-many-writes" in line for line in gateway.log)
                response = request(gateway.address, "GET", f"/tally{MODELS}", None, HEADERS)
                assert response.status == 200
                assert fake.last.header("x-count") == str((1024 + 1) * round)

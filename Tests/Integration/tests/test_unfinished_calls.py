# SPDX-License-Identifier: Apache-2.0
"""A process dies between what it did in a call and the reply. What it said is gone, and what it wrote counts once."""

import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chaos.installation import LEDGER, install_chaos
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, LogFile, connect, file_log, request
from harness.gateway import PLUGINS
from harness.raw_upstream import RawUpstream, read_head

HEADERS = {"Authorization": f"Bearer {KEY}"}
MODELS = "/v1/models"
TRACES = "chaos-traces"
READS = "chaos-reads"


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("chaos")
    folder = scratch / "plugins"
    folder.mkdir()
    (folder / "file-log").symlink_to(PLUGINS / "file-log")
    install_chaos(LEDGER, folder, scratch)
    install_chaos(TRACES, folder, scratch, priority=900)
    install_chaos(READS, folder, scratch, priority=700)
    return folder


class Executioner:
    """What the plugin asks before it replies: the first time in each phase it dies instead of getting an answer."""

    def __init__(self) -> None:
        self.kill: Callable[[], None] | None = None
        self.asked: list[str] = []
        # Set when the phase's second call has come as far as the first.
        self.again = {"request": threading.Event(), "complete": threading.Event()}

    def talk(self, connection: socket.socket) -> None:
        while True:
            head = read_head(connection).decode()
            match = re.search(r"\?phase=(\w+) ", head)
            assert match, head
            self.asked.append(match[1])
            if self.asked.count(match[1]) == 1:
                assert self.kill
                self.kill()
                # The host closes what the call had asked for.
                assert connection.recv(1) == b""
                return
            self.again[match[1]].set()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def does(name: str, task: str, **config: Any) -> dict[str, Any]:
    return {"name": name, "config": {"does": task, **config}}


def test_only_the_call_that_was_answered_leaves_traces(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, test_id: str
) -> None:
    executioner = Executioner()
    log = tmp_path / "file.log"
    with RawUpstream(executioner.talk) as asked:
        file = KongFile().route(
            "/traces",
            does(TRACES, "traces", url=asked.url),
            does(READS, "reads"),
            file_log(log),
            url=fake.url,
        )
        with Gateway(file, tmp_path, plugins=plugins) as gateway:
            executioner.kill = lambda: gateway.kill(TRACES)
            headers = {**HEADERS, "x-test": test_id}
            response = request(gateway.address, "GET", f"/traces{MODELS}", None, headers)
            assert response.status == 200, response
            assert executioner.asked == ["request"] * 2
            assert fake.last.header("x-attempts") == "1", "variables of a call that had no reply"
            assert LogFile(log).entry(test_id)["chaos"] == {"attempt-1": True}
            metrics = gateway.admin("/status")["gateway"]["metrics"]
            assert metrics == {'chaos_attempts{attempt="1"}': 1, "chaos_calls": 1}


def read(gateway: Gateway, key: str) -> int:
    response = request(gateway.address, "GET", "/ledger", None, {"x-read": key})
    assert response.status == 200, response
    return int(response.body)


def test_what_a_call_wrote_counts_once_when_it_runs_again(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI
) -> None:
    executioner = Executioner()
    with RawUpstream(executioner.talk) as asked:
        ledger = does(LEDGER, "ledger", url=asked.url)
        file = KongFile().route("/ledger", ledger, url=fake.url)
        with Gateway(file, tmp_path, plugins=plugins) as gateway:
            executioner.kill = lambda: gateway.kill(LEDGER)
            response = request(gateway.address, "GET", f"/ledger{MODELS}", None, HEADERS)
            assert response.status == 200, response
            assert executioner.again["complete"].wait(10), executioner.asked
            assert executioner.asked == ["request", "request", "complete", "complete"]
            assert (read(gateway, "begun"), read(gateway, "completed")) == (1, 1)


def test_each_piece_is_counted_once_whatever_dies(plugins: Path, tmp_path: Path) -> None:
    go_on = threading.Semaphore(0)
    count = 8

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(count):
            connection.sendall(b"7\r\npiece-%d\r\n" % number)
            assert go_on.acquire(timeout=20)
        connection.sendall(b"0\r\n\r\n")

    with RawUpstream(talk) as upstream:
        ledger = does(LEDGER, "ledger", countsPieces=True)
        file = KongFile().route("/ledger", ledger, url=upstream.url)
        with Gateway(file, tmp_path, plugins=plugins) as gateway:
            connection = connect(gateway.address)
            connection.request("GET", "/ledger")
            response = connection.getresponse()
            for number in range(count):
                assert response.read(7) == b"piece-%d" % number
                # Counted by now: the piece was released by the reply.
                assert read(gateway, "pieces") == number + 1
                if number in (2, 5):
                    gateway.kill(LEDGER)
                go_on.release()
            assert response.read() == b""

# SPDX-License-Identifier: Apache-2.0
"""A request that a plugin dies of: it is failed after the second process, and nobody else is."""

import json
import re
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chaos.installation import install_chaos
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request
from harness.raw_upstream import RawUpstream, read_head

HEADERS = {"Authorization": f"Bearer {KEY}"}
MODELS = "/v1/models"
ERRORS = "chaos-errors"
POISON = "chaos-poison"
# Requests that are with the same process when it dies.
INNOCENTS = ("one", "two", "three")


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("chaos")
    install_chaos(ERRORS, scratch / "plugins", scratch, priority=950)
    install_chaos(POISON, scratch / "plugins", scratch, priority=900)
    return scratch / "plugins"


@pytest.mark.parametrize("instances", [1, 3])
def test_a_request_that_kills_two_processes_is_failed(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, instances: int
) -> None:
    file = KongFile(processes={POISON: {"instances": instances}})
    errors = {"name": ERRORS, "config": {"does": "errors"}}
    poison = {"name": POISON, "config": {"does": "poison"}}
    file.route("/poisoned", errors, poison, url=fake.url)
    path = f"/poisoned{MODELS}"
    with Gateway(file, tmp_path, plugins=plugins) as gateway:
        assert request(gateway.address, "GET", path, None, HEADERS).status == 200
        response = request(gateway.address, "GET", path, None, {**HEADERS, "x-poison": "1"})
        assert (response.status, response.body) == (503, b'{"code":"plugin_died"}')
        assert len(fake.requests) == 1, "a request went out without its plugin's answer"
        for _ in range(5):
            assert request(gateway.address, "GET", path, None, HEADERS).status == 200
        processes = gateway.processes(POISON)
        assert sum(one["restarts"] for one in processes) <= 2
        assert "poisoned by a test" in str([one["last_lines"] for one in processes]), processes


class Waiting(RawUpstream):
    """What innocent calls wait for: the first time they get no answer, and every later time at once."""

    def __init__(self) -> None:
        super().__init__(self._talk)
        self._asked: Counter[str] = Counter()
        self.all_wait = threading.Barrier(len(INNOCENTS) + 1, timeout=20)

    def _talk(self, connection: socket.socket) -> None:
        head = read_head(connection).decode()
        match = re.search(r"\?phase=(\w+) ", head)
        assert match, head
        self._asked[match[1]] += 1
        if self._asked[match[1]] == 1:
            self.all_wait.wait()
            # The host closes what the dead process's call had asked for.
            assert connection.recv(1) == b""
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def test_those_beside_it_are_answered(plugins: Path, tmp_path: Path, fake: FakeOpenAI) -> None:
    with Waiting() as waiting:
        errors = {"name": ERRORS, "config": {"does": "errors"}}
        poison = {"name": POISON, "config": {"does": "poison", "url": waiting.url}}
        file = KongFile().route("/poisoned", errors, poison, url=fake.url)
        path = f"/poisoned{MODELS}"
        with Gateway(file, tmp_path, plugins=plugins) as gateway, ThreadPoolExecutor() as clients:
            answers = [
                clients.submit(request, gateway.address, "GET", path, None, HEADERS | {"x-wait": one})
                for one in INNOCENTS
            ]
            waiting.all_wait.wait()
            killer = request(gateway.address, "GET", path, None, HEADERS | {"x-poison": "1"})
            assert (killer.status, killer.body) == (503, b'{"code":"plugin_died"}')
            assert [answer.result().status for answer in answers] == [200] * len(INNOCENTS), [
                *(answer.result() for answer in answers),
                print(gateway.log_text),
            ]
            # The process that died last is replaced: whoever comes next waits for it.
            assert request(gateway.address, "GET", path, None, HEADERS).status == 200
            [process] = gateway.processes(POISON)
            assert process["state"] == "ready", process
            gateway.wait_for_log("fingerprint")
            said = [json.loads(line) for line in gateway.log if "fingerprint" in line]
            assert len(said) == 1, "one request is poison, and only that one"
            # Another one like it is known by it.
            request(gateway.address, "GET", path, None, HEADERS | {"x-poison": "1"})
            gateway.wait_for_log(said[0]["fingerprint"])

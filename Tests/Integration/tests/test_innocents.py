# SPDX-License-Identifier: Apache-2.0
"""A request kills the process that others are on, again and again: it is failed, and they are answered."""

import json
import re
import socket
import threading
from collections import Counter
from pathlib import Path

import pytest

from chaos.installation import install_chaos
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request
from harness.client import Response
from harness.raw_upstream import RawUpstream, read_head

HEADERS = {"Authorization": f"Bearer {KEY}"}
PATH = "/poisoned/v1/models"
ERRORS = "chaos-errors"
POISON = "chaos-poison"
PATIENCE = 20


class Meeting:
    """What both calls ask before they go on: twice the poison waits until the innocent call is there, too."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.asked: Counter[str] = Counter()

    def talk(self, connection: socket.socket) -> None:
        match = re.search(r"\?phase=(\w+) ", read_head(connection).decode())
        assert match
        who = match[1]
        with self._changed:
            self.asked[who] += 1
            time = self.asked[who]
            self._changed.notify_all()
            if time <= 2 and who == "poison":
                assert self._changed.wait_for(lambda: self.asked["innocent"] >= time, PATIENCE)
        if time <= 2 and who == "innocent":
            # Until the process is dead, which ends what it had asked for.
            assert connection.recv(1) == b""
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def wait_for(self, who: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.asked[who] > 0, PATIENCE)


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("innocents")
    install_chaos(ERRORS, scratch / "plugins", scratch, priority=950)
    install_chaos(POISON, scratch / "plugins", scratch, priority=900)
    return scratch / "plugins"


def ask(gateway: Gateway, **headers: str) -> Response:
    return request(gateway.address, "GET", PATH, None, HEADERS | headers)


def test_who_was_only_near_is_answered(plugins: Path, tmp_path: Path, fake: FakeOpenAI) -> None:
    meeting = Meeting()
    with RawUpstream(meeting.talk) as asked:
        # One loop, so that both are on one connection to the process.
        file = KongFile(workers=1)
        errors = {"name": ERRORS, "config": {"does": "errors"}}
        poison = {"name": POISON, "config": {"does": "poison", "url": asked.url}}
        file.route("/poisoned", errors, poison, url=fake.url)
        with Gateway(file, tmp_path, plugins=plugins) as gateway:
            answers: list[Response] = []
            innocent = threading.Thread(
                target=lambda: answers.append(ask(gateway, **{"x-wait": "innocent"}))
            )
            innocent.start()
            meeting.wait_for("innocent")
            response = ask(gateway, **{"x-wait": "poison", "x-poison": "1"})
            assert (response.status, response.body) == (503, b'{"code":"plugin_died"}')
            innocent.join(PATIENCE)
            assert [answer.status for answer in answers] == [200]
            # Twice they died together; then each was alone.
            assert meeting.asked == {"innocent": 3, "poison": 3}
            assert len(fake.requests) == 1, "the poison reached the upstream, or the other twice"
            gateway.wait_for_log("a request has killed plugin processes")
            condemned = [json.loads(line) for line in gateway.log if "has killed plugin" in line]
            assert [line["killed"] for line in condemned] == ["3"]
            assert re.fullmatch("[0-9a-f]{16}", condemned[0]["fingerprint"])

            # As often as it comes: no quarantine, and the same fingerprint.
            for _ in range(3):
                response = ask(gateway, **{"x-poison": "1"})
                assert response.status == 503
                gateway.wait_for_log(str(response.header("x-patchbay-request-id")))
                assert ask(gateway).status == 200
            condemned = [json.loads(line) for line in gateway.log if "has killed plugin" in line]
            assert len({line["fingerprint"] for line in condemned}) == 1
            assert [line["killed"] for line in condemned[1:]] == ["2"] * 3
            [process] = gateway.processes(POISON)
            assert (process["state"], process["restarts"]) == ("ready", 9)
            calls = gateway.admin("/status")["gateway"]["calls"]
            assert (calls["died"], calls["unavailable"]) == (4, 0)

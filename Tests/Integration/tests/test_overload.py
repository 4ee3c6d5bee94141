# SPDX-License-Identifier: Apache-2.0
"""A plugin takes no more calls, and as many as may wait do: the failure policy decides about the next one, and it counts."""

import http.client
import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, connect, request
from harness.packages import grants, install
from hostile_plugin import pack_candidate

HEADERS = {"Authorization": f"Bearer {KEY}"}
PATH = "/single/v1/models"
NAME = "single"
# One call that the process has, and those that may wait on an event loop.
ROOM = 1 + 1024


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("overload")
    executable = pack_candidate(scratch / NAME, scratch / "parts", NAME, "1.0.0", "single")
    install(executable, scratch / "installed")
    return scratch / "installed"


def wait_for_exchanges(gateway: Gateway, count: int) -> None:
    """Until so many are in flight. The admin API tells no events: it is asked again and again."""
    deadline = time.monotonic() + 20
    while (now := gateway.admin("/status")["gateway"]["in_flight"]) != count:
        assert time.monotonic() < deadline, f"{now} exchanges in flight, not {count}"


@pytest.mark.parametrize("policy", ["closed", "open"])
def test_one_too_many(plugins: Path, tmp_path: Path, fake: FakeOpenAI, policy: str) -> None:
    processes = grants(plugins)
    processes[NAME] |= {"on_failure": policy, "deadline": 60_000}
    file = KongFile(workers=1, processes=processes)
    file.route("/single", {"name": NAME}, url=fake.url)
    with Gateway(file, tmp_path, plugins=plugins) as gateway, ExitStack() as stack:
        waiting: list[http.client.HTTPConnection] = []
        for _ in range(ROOM):
            connection = connect(gateway.address)
            stack.callback(connection.close)
            connection.request("GET", PATH, None, HEADERS)
            waiting.append(connection)
        wait_for_exchanges(gateway, ROOM)
        [process] = gateway.processes(NAME)
        assert process["in_flight"] == 1
        assert gateway.admin("/status")["gateway"]["calls"]["overload"] == 0

        for number in range(1, 4):
            response = request(gateway.address, "GET", PATH, None, HEADERS)
            if policy == "closed":
                assert response.status == 503, response
                assert response.json()["message"] == "The gateway is currently overloaded"
                assert not fake.requests
            else:
                assert response.status == 200, response
                assert fake.last.header("x-hello") is None
            assert gateway.admin("/status")["gateway"]["calls"]["overload"] == number
            gateway.wait_for_log(str(response.header("x-patchbay-request-id")))
            [line] = [line for line in gateway.log if '"request_id":"' in line][number - 1 :]
            assert '"outcome":"overload"' in line

        # Those who waited lose nothing by it.
        fake.reset()
        os.kill(process["pid"], signal.SIGUSR1)
        for connection in waiting:
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
        assert {one.header("x-hello") for one in fake.wait(ROOM)} == {"world"}
        calls = gateway.admin("/status")["gateway"]["calls"]
        assert {name: count for name, count in calls.items() if count} == {
            "ok": ROOM,
            "overload": 3,
        }

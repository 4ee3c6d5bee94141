# SPDX-License-Identifier: Apache-2.0
"""A step is asked while those before it still work, when these will most likely not concern it.

What is expected is learned from 16 replies; the tests send more than that before they look.
"""

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chaos.installation import HEADS, install_chaos
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, LogFile, Response, ai_proxy, file_log, request
from harness.raw_upstream import RawUpstream, read_head
from tests.conftest import ENVIRONMENT

Record = dict[str, Any]

HEADERS = {"Authorization": f"Bearer {KEY}"}
MODELS = "/v1/models"
CHAT = "/v1/chat/completions"
INSPECTOR, POISON = "inspector", "chaos-poison"
ENOUGH = 20


class Gate(RawUpstream):
    """Whom plugins ask before they answer. While it is closed, the inspector gets none."""

    def __init__(self) -> None:
        super().__init__(self._receive)
        self.is_open = threading.Event()
        self.is_open.set()
        self.seen: list[str] = []

    def _receive(self, connection: socket.socket) -> None:
        while True:
            who = read_head(connection).decode().split()[1].partition("phase=")[2]
            self.seen.append(who)
            if who == INSPECTOR:
                assert self.is_open.wait(20)
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("ahead")
    install_chaos(INSPECTOR, scratch / "plugins", scratch, priority=950)
    install_chaos(HEADS, scratch / "plugins", scratch)
    install_chaos(POISON, scratch / "plugins", scratch, priority=850)
    return scratch / "plugins"


@pytest.fixture
def gate() -> Iterator[Gate]:
    with Gate() as gate:
        yield gate
        gate.is_open.set()


def does(name: str, task: str, gate: Gate) -> Record:
    return {"name": name, "config": {"does": task, "url": gate.url}}


def in_flight(gateway: Gateway, plugin: str) -> int:
    processes = gateway.admin("/plugins/processes")["data"]
    return sum(one["in_flight"] for one in processes if one["plugin"] == plugin)


def wait_until_asked(gateway: Gateway, plugin: str) -> None:
    """The admin API tells no events: it is asked again and again."""
    deadline = time.monotonic() + 10
    while in_flight(gateway, plugin) != 1:
        assert time.monotonic() < deadline, f"{plugin} was never asked"


def superseded(gateway: Gateway) -> int:
    count: int = gateway.admin("/status")["gateway"]["calls"]["superseded"]
    return count


class Pending:
    """A request that the closed gate holds back."""

    def __init__(self, gateway: Gateway, gate: Gate, **headers: str) -> None:
        self._gate = gate
        gate.is_open.clear()
        self._pool = ThreadPoolExecutor(1)
        self._response: Future[Response] = self._pool.submit(
            request, gateway.address, "GET", MODELS, None, HEADERS | headers
        )
        wait_until_asked(gateway, INSPECTOR)

    def released(self) -> Response:
        self._gate.is_open.set()
        with self._pool:
            return self._response.result(20)


def test_a_step_is_asked_with_one_that_does_not_concern_it(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, gate: Gate
) -> None:
    file = KongFile(workers=1)
    heads = {"name": HEADS, "config": {"does": "heads"}}
    file.route("/", does(INSPECTOR, "inspects", gate), heads, url=fake.url)
    with Gateway(file, tmp_path, plugins=plugins) as gateway:
        pending = Pending(gateway, gate)
        assert in_flight(gateway, HEADS) == 0, "nothing is known of the inspector"
        assert pending.released().status == 200
        for _ in range(ENOUGH):
            assert request(gateway.address, "GET", MODELS, None, HEADERS).status == 200
        pending = Pending(gateway, gate, **{"x-nonce": "seven"})
        wait_until_asked(gateway, HEADS)
        assert len(fake.requests) == 1 + ENOUGH, "nothing leaves before all have answered"
        response = pending.released()
        assert response.status == 200
        assert fake.last.header("x-heads") == "seven"
        assert response.header("x-heads") == "seven"
        assert superseded(gateway) == 0


def test_what_cannot_be_undone_waits_for_its_turn(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, gate: Gate
) -> None:
    """A plugin that mostly asks for nothing asks a service, while one before it still works."""
    file = KongFile(workers=1)
    inspector, poison = does(INSPECTOR, "inspects", gate), does(POISON, "poison", gate)
    file.route("/", inspector, poison, url=fake.url)
    with Gateway(file, tmp_path, plugins=plugins) as gateway:
        for _ in range(ENOUGH):
            assert request(gateway.address, "GET", MODELS, None, HEADERS).status == 200
        gate.seen.clear()
        pending = Pending(gateway, gate, **{"x-wait": "who"})
        deadline = time.monotonic() + 10
        while superseded(gateway) != 1:
            assert time.monotonic() < deadline, "the call was not taken back"
        assert "who" not in gate.seen
        assert pending.released().status == 200
        assert gate.seen == [INSPECTOR, "who"], "once, and when it was its turn"
        # From now on it is asked in its turn.
        pending = Pending(gateway, gate)
        assert in_flight(gateway, POISON) == 0
        assert pending.released().status == 200
        assert superseded(gateway) == 1


TEMPLATE = '{"messages":[{"role":"user","content":"Say {{what}}"}]}'
GUARD = {"name": "ai-prompt-guard", "config": {"deny_patterns": ["Say secret"]}}


def chat(gateway: Gateway, test: str = "", **body: Any) -> Response:
    payload = json.dumps({"model": "gpt-4o-mini", **body}).encode()
    headers = {"Content-Type": "application/json", "x-test": test}
    return request(gateway.address, "POST", CHAT, payload, headers)


def plain(gateway: Gateway, text: str = "Hello", test: str = "") -> Response:
    return chat(gateway, test, messages=[{"role": "user", "content": text}])


def templated(gateway: Gateway, what: str) -> Response:
    return chat(gateway, messages="{template://say}", properties={"what": what})


def test_who_was_shown_what_has_changed_is_asked_again(tmp_path: Path, fake: FakeOpenAI) -> None:
    """A template concerns the guard behind it only where a request names one."""
    templates = [{"name": "say", "template": TEMPLATE}]
    template = {"name": "ai-prompt-template", "config": {"templates": templates}}
    file = KongFile(workers=1)
    file.route("/", template, GUARD, ai_proxy(f"{fake.url}{CHAT}"))
    with Gateway(file, tmp_path, ENVIRONMENT) as gateway:
        for _ in range(ENOUGH):
            assert plain(gateway).status == 200
        assert superseded(gateway) == 0
        assert templated(gateway, "secret").status == 400, "the guard has seen what the model would"
        assert superseded(gateway) > 0
        assert len(fake.requests) == ENOUGH
        for _ in range(ENOUGH):
            assert plain(gateway).status == 200
        assert templated(gateway, "nothing").status == 200
        assert fake.last.json()["messages"] == [{"role": "user", "content": "Say nothing"}]


def test_a_refusal_leaves_no_trace_of_who_was_asked_behind_it(
    tmp_path: Path, fake: FakeOpenAI
) -> None:
    log = LogFile(tmp_path / "file.log")
    file = KongFile(workers=1)
    file.route("/", GUARD, ai_proxy(f"{fake.url}{CHAT}"), file_log(log.path))
    with Gateway(file, tmp_path, ENVIRONMENT) as gateway:
        assert plain(gateway, "Say secret", "before").status == 400
        for _ in range(ENOUGH):
            assert plain(gateway).status == 200
        assert plain(gateway, "Say secret", "after").status == 400
        assert len(fake.requests) == ENOUGH
        before, after = log.entry("before"), log.entry("after")
        assert after.get("ai") == before.get("ai")
        assert after["response"].keys() == before["response"].keys()

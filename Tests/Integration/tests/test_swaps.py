# SPDX-License-Identifier: Apache-2.0
"""What becomes of a swap: a version that does not work changes nothing, a canary gets its share, and one can go back."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chaos.installation import HEADS, install_chaos
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request
from harness.asking import Asking
from harness.client import Response

HEADERS = {"Authorization": f"Bearer {KEY}", "x-nonce": "n"}
MODELS = "/heads/v1/models"

# Versions, and what is wrong with each.
FLAWED = {"2.0.0": "start", "2.1.0": "refuse", "2.2.0": "fail", "2.3.0": "die", "1.3.0": "curious"}


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("swaps")
    for version, flaw in FLAWED.items():
        install_chaos(HEADS, scratch / "plugins", scratch, version, flaw=flaw)
    for version in ("1.0.0", "1.1.0"):
        install_chaos(HEADS, scratch / "plugins", scratch, version)
    # The newest is the one that is started.
    install_chaos(HEADS, scratch / "plugins", scratch, "9.0.0")
    return scratch / "plugins"


@pytest.fixture
def gateway(plugins: Path, tmp_path: Path, fake: FakeOpenAI) -> Iterator[Gateway]:
    file = KongFile().route("/heads", {"name": HEADS}, url=fake.url)
    with Gateway(file, tmp_path, plugins=plugins) as running:
        yield running


def order(gateway: Gateway, method: str, path: str = "", body: Any = None) -> Response:
    address = ("127.0.0.1", gateway.admin_port)
    return request(address, method, f"/plugins/processes/{HEADS}{path}", body)


def processes(gateway: Gateway) -> list[dict[str, Any]]:
    return gateway.processes(HEADS)


def ask(gateway: Gateway, **headers: str) -> Response:
    return request(gateway.address, "GET", MODELS, None, HEADERS | headers)


def keep_asking(gateway: Gateway) -> Asking:
    """Every one must be answered."""
    return Asking(gateway, MODELS, HEADERS)


def served(fake: FakeOpenAI) -> list[str]:
    """The versions that the upstream was reached through."""
    return [dict(one.headers).get("x-version", "") for one in fake.requests]


def test_there_and_back(gateway: Gateway, fake: FakeOpenAI) -> None:
    with keep_asking(gateway) as asking:
        answer = order(gateway, "PUT", body={"version": "1.1.0"})
        assert answer.status == 200, answer
        there = answer.json()
        assert (there["action"], there["from"], there["to"]) == ("swap", "9.0.0", "1.1.0")
        back = order(gateway, "POST", "/rollback").json()
        assert (back["action"], back["from"], back["to"]) == ("rollback", "1.1.0", "9.0.0")
        forth = order(gateway, "POST", "/rollback").json()
        assert (forth["from"], forth["to"]) == ("9.0.0", "1.1.0")
    assert set(asking.statuses) == {200}
    assert {"9.0.0", "1.1.0"} <= set(served(fake))


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("2.0.0", "there is nothing for me here"),
        ("2.1.0", "services[0].plugins[0].config.does"),
        ("2.2.0", "of its first calls and was taken back"),
        ("2.3.0", "of its first calls and was taken back"),
    ],
)
def test_a_version_that_does_not_work_changes_nothing(
    gateway: Gateway, fake: FakeOpenAI, version: str, reason: str
) -> None:
    with keep_asking(gateway) as asking:
        answer = order(gateway, "PUT", body={"version": version})
    assert answer.status == 409, answer
    assert reason in answer.json()["message"]
    assert set(asking.statuses) == {200}
    assert set(served(fake)) == {"9.0.0"}
    assert ask(gateway).status == 200
    stable = [one for one in processes(gateway) if one["role"] == "stable"]
    assert [(one["version"], one["state"], one["restarts"]) for one in stable] == [
        ("9.0.0", "ready", 0)
    ]


def test_a_version_that_wants_to_see_more_does(gateway: Gateway, fake: FakeOpenAI) -> None:
    assert ask(gateway, **{"x-more": "a"}).status == 200
    with keep_asking(gateway) as asking:
        assert order(gateway, "PUT", body={"version": "1.3.0"}).status == 200
    assert set(asking.statuses) == {200}
    assert ask(gateway, **{"x-more": "b"}).status == 200
    saw = [dict(one.headers).get("x-saw") for one in fake.requests]
    assert saw[0] is None and saw[-1] == "b"


def test_a_canary_gets_exactly_its_share(gateway: Gateway, fake: FakeOpenAI) -> None:
    answer = order(gateway, "PUT", body={"version": "1.1.0", "canary": 25})
    assert answer.status == 200 and answer.json()["action"] == "canary", answer
    assert order(gateway, "PUT", body={"version": "1.0.0", "canary": 25}).status == 409
    loops = os.cpu_count() or 1
    for _ in range(100 * loops):
        assert ask(gateway).status == 200
    # Each event loop keeps the share by itself.
    assert abs(served(fake).count("1.1.0") - 25 * loops) <= loops
    by_role = {one["role"]: one for one in processes(gateway)}
    assert by_role["canary"]["share"] == 25
    assert by_role["canary"]["calls"] == 2 * served(fake).count("1.1.0")
    assert by_role["stable"]["p99_us"] > 0 and by_role["canary"]["p99_us"] > 0
    assert order(gateway, "POST", "/promote").json()["to"] == "1.1.0"
    for _ in range(10):
        assert ask(gateway).status == 200
    assert set(served(fake)[-10:]) == {"1.1.0"}


def test_a_canary_that_fails_is_taken_back_unseen(gateway: Gateway, fake: FakeOpenAI) -> None:
    assert order(gateway, "PUT", body={"version": "2.2.0", "canary": 50}).status == 200
    with keep_asking(gateway) as asking:
        gateway.wait_for_log("rolled back by itself, as it failed 3 of its first calls")
    assert set(asking.statuses) == {200}
    assert set(served(fake)) == {"9.0.0"}
    assert order(gateway, "POST", "/promote").status == 409


def test_a_canary_that_did_no_worse_is_promoted(gateway: Gateway) -> None:
    body = {"version": "1.1.0", "canary": 50, "promote_after": 1}
    assert order(gateway, "PUT", body=body).status == 200
    with keep_asking(gateway) as asking:
        gateway.wait_for_log("by itself, as it")
    assert set(asking.statuses) == {200}
    assert "promoted by itself, as it did no worse" in gateway.log_text


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"version": "7.7.7"}, 404, "7.7.7"),
        ({}, 400, "version"),
        ({"version": "1.0.0", "path": "/x"}, 400, "path"),
        ({"path": "x"}, 400, "path"),
        ({"path": "/nowhere/at/all"}, 404, "/nowhere/at/all"),
        ({"version": "1.0.0", "canary": 100}, 400, "canary"),
        ({"version": "1.0.0", "promote_after": 5}, 400, "promote_after"),
        ([1], 400, "body"),
    ],
)
def test_what_makes_no_sense(gateway: Gateway, body: Any, status: int, word: str) -> None:
    answer = order(gateway, "PUT", body=body)
    assert answer.status == status, answer
    assert word in answer.json()["message"]


def crash(gateway: Gateway) -> None:
    """More crashes in a minute than are forgiven, none of them a request's fault."""
    deadline = time.monotonic() + 30
    for _ in range(6):
        [process] = processes(gateway)
        os.kill(process["pid"], signal.SIGSEGV)
        while True:
            [now] = processes(gateway)
            if now["state"] == "quarantined" or now["pid"] and now["restarts"] > process["restarts"]:
                break
            assert time.monotonic() < deadline, now


@pytest.mark.parametrize("policy", ["closed", "open"])
def test_a_plugin_in_quarantine_holds_nobody_up(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, policy: str
) -> None:
    file = KongFile(processes={HEADS: {"on_failure": policy}})
    file.route("/heads", {"name": HEADS}, url=fake.url)
    with Gateway(file, tmp_path, plugins=plugins) as gateway:
        crash(gateway)
        [process] = processes(gateway)
        assert process["state"] == "quarantined" and "6 crashes" in process["reason"], process
        answer = ask(gateway)
        assert answer.status == (503 if policy == "closed" else 200), answer
        assert gateway.admin("/status")["gateway"]["calls"]["unavailable"] > 0
        # Another version is another chance.
        assert order(gateway, "PUT", body={"version": "1.1.0"}).status == 200
        assert ask(gateway).status == 200

# SPDX-License-Identifier: Apache-2.0
"""Rounds of traffic, with a look at the processes at the quiet moment behind each."""

import time
from pathlib import Path

from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, ai_echo, ai_proxy, file_log
from harness.kong import KEY_VARIABLE
from harness.raw_upstream import RawUpstream

from .samples import History
from .traffic import Traffic
from .upstream import answer


def soak(folder: Path, seconds: float, seed: int, rounds: int) -> tuple[History, Traffic]:
    """The first third of the rounds warms up: caches and pools fill, and are not looked at."""
    with (
        FakeOpenAI() as fake,
        RawUpstream(answer) as upstream,
        Gateway(_file(folder, fake, upstream), folder, _ENVIRONMENT) as gateway,
    ):
        traffic = Traffic(gateway.address, seed)
        history = History()
        for number in range(rounds + rounds // 2):
            traffic.run(seconds / (rounds + rounds // 2))
            _wait_until_quiet(gateway)
            fake.reset()
            if number >= rounds // 2:
                history.look(gateway.pid)
        return history, traffic


_ENVIRONMENT = {KEY_VARIABLE: f"Bearer {KEY}"}


def _file(folder: Path, fake: FakeOpenAI, upstream: RawUpstream) -> KongFile:
    log = file_log(folder / "soak.log")
    limits = {
        "request_body": "1MiB",
        "client_header_timeout": 500,
        "client_body_timeout": 1000,
        "send_timeout": 2000,
    }
    file = KongFile(limits=limits)
    file.route("/plain", log, url=upstream.url)
    file.route("/chat", ai_proxy(f"{fake.url}/v1/chat/completions"), log)
    file.route("/echo", ai_echo(), log)
    return file


def _wait_until_quiet(gateway: Gateway) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        status = gateway.admin("/status")["gateway"]
        if status["connections"]["active"] == 0 and status["in_flight"] == 0:
            return
        time.sleep(0.05)
    raise AssertionError(f"not quiet without clients: {status}")

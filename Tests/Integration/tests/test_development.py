# SPDX-License-Identifier: Apache-2.0
"""What developers use: a process of their own beside the pool, and plugins that are swapped when they are built."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chaos.installation import LINES, install_chaos
from harness import Gateway, KongFile, ai_echo, request
from harness.command import Done, patchbay
from harness.gateway import BINARY
from harness.sdk import client, text_of, user

ECHO = BINARY.with_name("ai-echo")
SLOW_ECHO = ai_echo(interval=10)
WORDS = " ".join(f"word{number}" for number in range(30))
ALICE = {"x-dev": "alice"}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with Gateway(KongFile().route("/echo", SLOW_ECHO), tmp_path) as running:
        yield running


def command(gateway: Gateway, *arguments: str) -> Done:
    return patchbay("plugin", *arguments, "--admin", f"127.0.0.1:{gateway.admin_port}")


@contextmanager
def attached(gateway: Gateway, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The plugin's executable, started by hand; ready when the gateway says so."""
    socket = command(gateway, "attach", "ai-echo", *options, "--json").json["socket"]
    process = subprocess.Popen([ECHO, "--attach", socket])
    try:
        gateway.wait_for_log("a process was attached")
        yield process
    finally:
        process.kill()
        process.wait()


def calls(gateway: Gateway) -> dict[str, int]:
    processes = gateway.processes("ai-echo")
    return {process["role"]: process["calls"] for process in processes}


def ask(gateway: Gateway, headers: dict[str, str]) -> None:
    answer = request(gateway.address, "POST", "/echo", {"messages": user("hello")}, headers)
    assert answer.status == 200, answer
    assert answer.json()["choices"][0]["message"]["content"] == "hello"


def test_exchanges_with_the_header_go_to_the_attached_process(gateway: Gateway) -> None:
    with attached(gateway, "--header", "x-dev: alice") as process:
        ask(gateway, ALICE)
        ask(gateway, ALICE)
        ask(gateway, {"x-dev": "bob"})
        assert calls(gateway) == {"stable": 1, "attached": 2}
        process.terminate()
        process.wait()
        gateway.wait_for_log("the attached process is gone")
        ask(gateway, ALICE)
        # What is left of it goes a moment after it was said to be gone.
        deadline = time.monotonic() + 10
        while len(calls(gateway)) > 1 and time.monotonic() < deadline:
            pass
        assert calls(gateway) == {"stable": 2}


def test_without_a_header_it_serves_all(gateway: Gateway) -> None:
    with attached(gateway):
        ask(gateway, {})
        assert calls(gateway) == {"stable": 0, "attached": 1}
        assert command(gateway, "detach", "ai-echo").status == 0
        ask(gateway, {})
        assert calls(gateway)["stable"] == 1


def test_a_stream_of_an_attached_process_that_dies_goes_on_in_the_pool(gateway: Gateway) -> None:
    with attached(gateway) as process:
        chunks = []
        stream = client(f"{gateway.url}/echo").chat.completions.create(
            model="echo-1", messages=user(WORDS), stream=True
        )
        for number, chunk in enumerate(stream):
            chunks.append(chunk)
            if number == 5:
                process.kill()
        assert text_of(chunks) == WORDS
        assert len({chunk.id for chunk in chunks}) == 1


def test_one_that_stands_still_in_a_debugger_is_left_alone(gateway: Gateway) -> None:
    with attached(gateway, "--header", "x-dev: alice") as process:
        [pool] = [one for one in gateway.processes() if one["role"] == "stable"]
        process.send_signal(signal.SIGSTOP)
        os.kill(pool["pid"], signal.SIGSTOP)
        # The pool's own process is killed for that.
        gateway.wait_for_log("was stopped by a signal for 1 s")
        process.send_signal(signal.SIGCONT)
        ask(gateway, ALICE)
        assert calls(gateway)["attached"] == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["attach", "nobody"], "no plugin 'nobody' is in the configuration"),
        (["detach", "ai-echo"], "no socket for 'ai-echo' is open"),
    ],
)
def test_what_cannot_be_attached(gateway: Gateway, arguments: list[str], reason: str) -> None:
    assert reason in command(gateway, *arguments).refusal


def test_another_plugin_is_not_attached(gateway: Gateway) -> None:
    socket = command(gateway, "attach", "ai-echo", "--json").json["socket"]
    other = subprocess.Popen([BINARY.with_name("file-log"), "--attach", socket])
    gateway.wait_for_log("a process could not be attached")
    other.wait(10)
    ask(gateway, {})


def versions(gateway: Gateway) -> set[str]:
    processes = gateway.processes(LINES)
    return {process["version"] for process in processes if process["role"] == "stable"}


def test_what_is_installed_while_it_runs_takes_over(tmp_path: Path) -> None:
    plugins = tmp_path / "plugins"
    install_chaos(LINES, plugins, tmp_path)
    file = KongFile().route("/lines", {"name": LINES})
    with Gateway(file, tmp_path, plugins=plugins, arguments=["--watch"]) as gateway:
        assert versions(gateway) == {"1.0.0"}
        install_chaos(LINES, plugins, tmp_path, "1.1.0")
        gateway.wait_for_log(f"{LINES} 1.1.0 serves")
        assert versions(gateway) == {"1.1.0"}


def test_an_executable_that_is_built_anew_takes_over(tmp_path: Path) -> None:
    plugins = tmp_path / "plugins"
    for version in ("1.1.0", "1.0.0"):
        install_chaos(LINES, tmp_path / "elsewhere", tmp_path, version)
    (tmp_path / "build").mkdir()
    built = tmp_path / "build/lines"
    built.write_bytes((tmp_path / f"{LINES}-1.0.0").read_bytes())
    built.chmod(0o755)
    arguments = ["--watch", "--executable", str(built)]
    file = KongFile().route("/lines", {"name": LINES})
    with Gateway(file, tmp_path, plugins=plugins, arguments=arguments) as gateway:
        assert versions(gateway) == {"1.0.0"}
        replace(built, b"#!/bin/false\n")
        gateway.wait_for_log("build/lines")
        assert versions(gateway) == {"1.0.0"}
        replace(built, (tmp_path / f"{LINES}-1.1.0").read_bytes())
        gateway.wait_for_log(f"{LINES} 1.1.0 serves")
        assert versions(gateway) == {"1.1.0"}


def replace(path: Path, content: bytes) -> None:
    """As linkers do: a new file under the old name."""
    path.with_suffix(".new").write_bytes(content)
    path.with_suffix(".new").chmod(0o755)
    path.with_suffix(".new").rename(path)

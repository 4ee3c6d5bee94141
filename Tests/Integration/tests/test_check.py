# SPDX-License-Identifier: Apache-2.0
"""`patchbay check` and `patchbay run` refuse the same files, naming the place of each error."""

import socket
import subprocess
from pathlib import Path

import pytest

from fake_openai import FakeOpenAI
from harness import KongFile, ai_proxy
from harness.gateway import BINARY, PLUGINS
from harness.kong import KEY_VARIABLE


def check(
    file: KongFile, directory: Path, command: str = "check"
) -> subprocess.CompletedProcess[str]:
    path = file.write(directory / "kong.yml")
    arguments = [str(BINARY), command, str(path), "--plugins", str(PLUGINS)]
    if command == "run":
        arguments += ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
    environment = {"PATH": "/usr/bin:/bin", KEY_VARIABLE: "Bearer x"}
    return subprocess.run(arguments, capture_output=True, text=True, timeout=30, env=environment)


def broken() -> KongFile:
    proxy = ai_proxy("http://127.0.0.1:9/v1/chat/completions")
    proxy["config"]["model"]["provider"] = "nobody"
    del proxy["config"]["auth"]["header_value"]
    return KongFile().route("/chat", {"name": "file-log", "config": {"path": "/tmp/x"}}, proxy)


def test_a_good_file_passes(tmp_path: Path, fake: FakeOpenAI) -> None:
    done = check(KongFile().route("/chat", ai_proxy(f"{fake.url}/v1/chat/completions")), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", ["check", "run"])
def test_every_error_is_printed_with_its_place(tmp_path: Path, command: str) -> None:
    done = check(broken(), tmp_path, command)
    output = done.stdout + done.stderr
    assert done.returncode == 1, output
    assert "services[0].plugins[1].config.model.provider" in output
    assert "services[0].plugins[1].config.auth" in output


@pytest.mark.parametrize("command", ["check", "run"])
def test_what_the_host_and_what_the_plugins_find_is_told_together(
    tmp_path: Path, command: str
) -> None:
    file = broken()
    file.services[0]["retries"] = -1
    file.services[0]["routes"][0]["paths"] = ["chat"]
    output = check(file, tmp_path, command).stderr
    assert "services[0].retries: value should be between 0 and 32767 (line " in output
    assert "services[0].routes[0].paths[0]: should start with: /" in output
    assert "services[0].plugins[1].config.model.provider: " in output
    lines = output.splitlines()
    assert lines[-1].endswith(f"kong.yml: {len(lines) - 1} errors")


def test_an_address_that_is_taken_is_one_line(tmp_path: Path) -> None:
    path = KongFile().route("/plain").write(tmp_path / "kong.yml")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        arguments = [str(BINARY), "run", str(path), "--listen", address, "--admin", "127.0.0.1:0"]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr == f"patchbay: cannot listen at {address}: Address already in use\n"


def test_an_unknown_plugin_is_named(tmp_path: Path) -> None:
    done = check(KongFile().route("/chat", {"name": "no-such-plugin"}), tmp_path)
    assert done.returncode == 1
    assert "no-such-plugin" in done.stdout + done.stderr


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    proxy = ai_proxy(None, auth={"header_name": "A", "header_value": "{vault://env/NOT_SET}"})
    done = check(KongFile().route("/chat", proxy), tmp_path)
    assert done.returncode == 1
    assert "NOT_SET" in done.stdout + done.stderr

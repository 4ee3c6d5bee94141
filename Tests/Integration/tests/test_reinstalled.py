# SPDX-License-Identifier: Apache-2.0
"""A version that is installed anew over itself: the build before it is restarted, and gone back to."""

import hashlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.installation import HEADS, install_chaos
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request
from harness.packages import install

HEADERS = {"Authorization": f"Bearer {KEY}", "x-nonce": "n"}


@pytest.fixture
def gateway(tmp_path: Path, fake: FakeOpenAI) -> Iterator[Gateway]:
    plugins = tmp_path / "plugins"
    install_chaos(HEADS, plugins, tmp_path)
    file = KongFile().route("/heads", {"name": HEADS}, url=fake.url)
    with Gateway(file, tmp_path, plugins=plugins) as running:
        yield running


def ask(gateway: Gateway) -> int:
    return request(gateway.address, "GET", "/heads/v1/models", None, HEADERS).status


def order(gateway: Gateway, method: str, path: str = "", body: object = None) -> object:
    address = ("127.0.0.1", gateway.admin_port)
    answer = request(address, method, f"/plugins/processes/{HEADS}{path}", body)
    assert answer.status == 200, answer
    return answer.json()


def serving(gateway: Gateway) -> tuple[int, str]:
    """The process that serves, and the digest of what it was started from."""
    processes = gateway.processes(HEADS)
    [pid] = [process["pid"] for process in processes if process["role"] == "stable"]
    return pid, hashlib.sha256(Path(f"/proc/{pid}/exe").read_bytes()).hexdigest()


def rebuild(gateway: Gateway) -> None:
    """The same version, in another file."""
    build = gateway.directory / f"{HEADS}-1.0.0"
    build.write_bytes(build.read_bytes() + b"built anew")
    install(build, gateway.plugins)


def kill(gateway: Gateway) -> None:
    pid, _ = serving(gateway)
    os.kill(pid, signal.SIGKILL)
    # It is answered by the restarted one.
    assert ask(gateway) == 200
    assert serving(gateway)[0] != pid


def test_what_runs_is_restarted_as_it_was(gateway: Gateway) -> None:
    _, first = serving(gateway)
    rebuild(gateway)
    kill(gateway)
    assert serving(gateway)[1] == first


def test_there_and_back(gateway: Gateway) -> None:
    _, first = serving(gateway)
    rebuild(gateway)
    order(gateway, "PUT", body={"version": "1.0.0"})
    assert ask(gateway) == 200
    _, second = serving(gateway)
    assert second != first
    order(gateway, "POST", "/rollback")
    assert serving(gateway)[1] == first
    kill(gateway)
    assert serving(gateway)[1] == first
    order(gateway, "POST", "/rollback")
    assert serving(gateway)[1] == second

# SPDX-License-Identifier: Apache-2.0
"""A plugin does not answer, in each phase that there is: after its deadline the exchange goes on without it, or not at all."""

import socket
from pathlib import Path
from typing import Any

import pytest

from chaos.installation import install_chaos
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request
from harness.client import Response

HEADERS = {"Authorization": f"Bearer {KEY}"}
SILENT = "chaos-silent"
ERRORS = "chaos-errors"
CHAT = "/v1/chat/completions"
STREAM = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "a"}], "stream": True}
# Milliseconds.
DEADLINE = 200
TIMEOUT = b'{"code":"plugin_timeout"}'
EVENT = b"data: " + TIMEOUT + b"\n\n"


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("silent")
    install_chaos(ERRORS, scratch / "plugins", scratch, priority=950)
    install_chaos(SILENT, scratch / "plugins", scratch, priority=900)
    return scratch / "plugins"


def silent_in(
    plugins: Path, tmp_path: Path, url: str, phase: str, policy: str
) -> tuple[Response, dict[str, Any]]:
    """The answer of a route with a plugin that hangs in the phase; it must be one timeout, and no more."""
    file = KongFile(processes={SILENT: {"on_failure": policy, "deadline": DEADLINE}})
    errors = {"name": ERRORS, "config": {"does": "errors"}}
    silent = {"name": SILENT, "config": {"does": "fails", "phase": phase, "how": "hang", "mark": "assistant"}}
    file.route("/silent", errors, silent, url=url)
    with Gateway(file, tmp_path, plugins=plugins) as gateway:
        response = request(gateway.address, "POST", f"/silent{CHAT}", STREAM, HEADERS)
        gateway.wait_for_log('"outcome":"timeout"')
        assert f'"phase":"{phase}"' in "".join(one for one in gateway.log if "timeout" in one)
        [process] = gateway.processes(SILENT)
        # A timeout fails one call, never the process.
        assert (process["state"], process["restarts"], process["in_flight"]) == ("ready", 0, 0)
        return response, gateway.admin("/status")["gateway"]["calls"]


@pytest.mark.parametrize("phase", ["request", "response", "chunk", "produce"])
def test_a_closed_plugin_fails_the_exchange(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, phase: str
) -> None:
    response, calls = silent_in(plugins, tmp_path, fake.url, phase, "closed")
    assert calls["timeout"] == 1
    assert response.is_complete
    if phase in ("request", "response"):
        assert (response.status, response.body) == (504, TIMEOUT)
    else:
        begun = b"data: first\n\n" if phase == "produce" else b""
        assert (response.status, response.body) == (200, begun + EVENT)
    assert len(fake.requests) == (phase in ("response", "chunk"))


@pytest.mark.parametrize("phase", ["request", "response", "chunk"])
def test_without_an_open_one_it_goes_on(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, phase: str
) -> None:
    response, calls = silent_in(plugins, tmp_path, fake.url, phase, "open")
    assert calls["timeout"] == 1
    assert response.status == 200 and response.is_complete
    originals = response.body.replace(b": 1.0.0\n", b"")
    assert originals == fake.last.response_body


@pytest.mark.parametrize("policy", ["closed", "open"])
def test_who_does_not_choose_another_upstream_leaves_the_failure_as_it_was(
    plugins: Path, tmp_path: Path, policy: str
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        response, calls = silent_in(plugins, tmp_path, nobody, "retry", policy)
    assert calls["timeout"] == 1
    assert (response.status, response.body) == (503, b'{"code":"upstream_unreachable"}')


def test_nobody_waits_for_what_comes_when_all_is_over(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI
) -> None:
    response, calls = silent_in(plugins, tmp_path, fake.url, "complete", "closed")
    assert calls["timeout"] == 1
    assert response.status == 200 and response.body == fake.last.response_body

# SPDX-License-Identifier: Apache-2.0
"""Streams that cannot move to the version that takes over: they have until the drain's deadline."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chaos.installation import install_chaos
from fake_openai import KEY, FakeOpenAI, Gate
from harness import Gateway, KongFile, connect, request
from harness.client import Response, read_until_cut, start
from harness.sdk import user

HEADERS = {"Authorization": f"Bearer {KEY}"}
CHAT = "/stamped/v1/chat/completions"
STREAM = {"model": "gpt-4o-mini", "messages": user(), "stream": True}
STAMPS = "chaos-stamps"
ERRORS = "chaos-errors"
OLD, NEW = "2.0.0", "1.0.0"
ERROR = b'data: {"code":"plugin_unavailable"}\n\n'
# Milliseconds.
DRAIN = 1500


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("drain")
    install_chaos(ERRORS, scratch / "plugins", scratch, priority=950)
    # The newest is the one that is started.
    install_chaos(STAMPS, scratch / "plugins", scratch, OLD, state=2, priority=900)
    install_chaos(STAMPS, scratch / "plugins", scratch, NEW, state=1, priority=900)
    return scratch / "plugins"


@pytest.fixture
def gateway(plugins: Path, tmp_path: Path, fake: FakeOpenAI) -> Iterator[Gateway]:
    """A stream's pieces are stamped with the plugin's version; at `t2` the plugin does not answer."""
    file = KongFile(processes={STAMPS: {"drain_timeout": DRAIN, "deadline": 20_000}})
    config = {"does": "fails", "phase": "chunk", "how": "hang", "mark": " t2"}
    errors = {"name": ERRORS, "config": {"does": "errors"}}
    file.route("/stamped", errors, {"name": STAMPS, "config": config}, url=fake.url)
    with Gateway(file, tmp_path, plugins=plugins) as running:
        yield running


class Stream:
    """One exchange, with the role and `t0` received."""

    def __init__(self, gateway: Gateway, fake: FakeOpenAI, tokens: int) -> None:
        self.gate = Gate()
        fake.plan(tokens=tokens, gate=self.gate)
        self._connection = connect(gateway.address)
        start(self._connection, "POST", CHAT, STREAM, HEADERS)
        self.gate.release()
        self._response: http.client.HTTPResponse = self._connection.getresponse()
        self._content = b""
        for number in range(2):
            self.gate.release()
            while self._content.count(b"\n\n") <= number:
                self._content += self._response.read1(65536)

    def rest(self) -> Response:
        """Everything, once it is over."""
        rest, is_complete = read_until_cut(self._response)
        head = self._response.getheaders()
        self._connection.close()
        return Response(self._response.status, head, self._content + rest, is_complete)


def swap(gateway: Gateway) -> None:
    address = ("127.0.0.1", gateway.admin_port)
    path = f"/plugins/processes/{STAMPS}"
    answer = request(address, "PUT", path, {"version": NEW})
    assert answer.status == 200, answer


def processes(gateway: Gateway) -> list[dict[str, Any]]:
    return gateway.processes(STAMPS)


def stamps(stream: bytes) -> set[bytes]:
    return {line for line in stream.split(b"\n") if line.startswith(b": ")}


def test_streams_stay_until_their_end_or_the_deadline(gateway: Gateway, fake: FakeOpenAI) -> None:
    [process] = processes(gateway)
    whole, idle, asked = (Stream(gateway, fake, tokens) for tokens in (2, 5, 5))
    # The plugin is asked about this one, and does not answer.
    asked.gate.release(2)
    swap(gateway)
    assert {one["version"]: one["role"] for one in processes(gateway)} == {
        OLD: "leaving",
        NEW: "stable",
    }

    whole.gate.open()
    response = whole.rest()
    assert response.is_complete and response.body.endswith(b"data: [DONE]\n\n"), response
    assert stamps(response.body) == {b": 2.0.0"}
    assert response.body.replace(b": 2.0.0\n", b"") == fake.requests[0].response_body

    # At the deadline the process is gone, and with it the only one that could have answered.
    response = asked.rest()
    assert response.is_complete, response
    assert response.body.endswith(b"\n\n" + ERROR) and response.body.count(b"data: ") == 4
    gateway.wait_for_log("did not end in time")
    assert [one["version"] for one in processes(gateway)] == [NEW]
    assert not Path(f"/proc/{process['pid']}").exists()

    # Whoever was not asking learns it with the next piece.
    idle.gate.release()
    response = idle.rest()
    assert response.is_complete, response
    assert response.body.endswith(b"\n\n" + ERROR) and response.body.count(b"data: ") == 3
    assert stamps(response.body) == {b": 2.0.0"}
    assert gateway.admin("/status")["gateway"]["calls"]["unavailable"] == 2

    fake.plan(tokens=1)
    response = request(gateway.address, "POST", CHAT, STREAM, HEADERS)
    assert response.status == 200 and response.body.endswith(b"[DONE]\n\n"), response
    assert stamps(response.body) == {b": 1.0.0"}
    assert gateway.admin("/status")["gateway"]["in_flight"] == 0

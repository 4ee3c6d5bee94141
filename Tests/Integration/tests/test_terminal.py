# SPDX-License-Identifier: Apache-2.0
"""A gateway in the foreground of a terminal: what is typed there is the gateway's to decide about."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import KongFile, request
from harness.gateway import Gateway
from harness.processes import descendants

WRAPPER = Path(__file__).parents[1] / "harness/on_a_terminal.py"


class TerminalGateway(Gateway):
    """Its terminal is behind the descriptor `keyboard`."""

    def __enter__(self) -> "TerminalGateway":
        self.keyboard, self._terminal = os.openpty()
        super().__enter__()
        # It is the gateway's alone.
        os.close(self._terminal)
        return self

    def _wrapper(self) -> list[str]:
        return [sys.executable, str(WRAPPER), os.ttyname(self._terminal)]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[TerminalGateway]:
    termination = {"name": "request-termination", "config": {"status_code": 204}}
    file = KongFile().route("/a", termination)
    with TerminalGateway(file, tmp_path) as running:
        yield running
    os.close(running.keyboard)


def fields(pid: int) -> list[str]:
    """Of /proc/PID/stat, from the state on: 2 is the process group, 3 the session, 4 the terminal."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def test_only_the_host_has_the_terminal(gateway: TerminalGateway) -> None:
    started = descendants(gateway.pid)
    # The spawner, and the plugin.
    assert len(started) == 2
    assert fields(gateway.pid)[4] != "0"
    for pid in started:
        # A group of its own, in the host's session.
        assert fields(pid)[2:5] == [str(pid), str(gateway.pid), "0"]


def test_an_interrupt_reaches_the_host_alone(gateway: TerminalGateway) -> None:
    assert request(gateway.address, "GET", "/a").status == 204
    os.write(gateway.keyboard, b"\x03")
    gateway.wait_for_log("stopped")
    assert "signal" not in gateway.log_text

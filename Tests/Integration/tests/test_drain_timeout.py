# SPDX-License-Identifier: Apache-2.0
"""Streams that only the old version can go on with: it has until the drain deadline for them, and is gone after it."""

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chaos.installation import LINES, install_chaos
from chaos.swapper import swap
from harness import Gateway, KongFile, connect
from harness.client import read_until_cut
from harness.processes import Watched
from harness.raw_upstream import RawUpstream, read_head

ERRORS = "chaos-errors"
OLD, NEW = "2.0.0", "1.0.0"


class Lines(RawUpstream):
    """Each answer is two lines; the second comes when it is asked for."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.go_on = threading.Semaphore(0)

    def __exit__(self, *what: Any) -> None:
        self.go_on.release(10)
        super().__exit__(*what)

    def _answer(self, connection: socket.socket) -> None:
        while True:
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n")
            self.go_on.acquire(timeout=20)
            connection.sendall(b"4\r\ntwo\n\r\n0\r\n\r\n")


@pytest.fixture
def upstream() -> Iterator[Lines]:
    with Lines() as running:
        yield running


def gateway(scratch: Path, upstream: Lines, drain_timeout: int) -> Gateway:
    plugins = scratch / "plugins"
    install_chaos(LINES, plugins, scratch, OLD, state=2)
    install_chaos(LINES, plugins, scratch, NEW, state=1)
    install_chaos(ERRORS, plugins, scratch, priority=950)
    file = KongFile(processes={LINES: {"drain_timeout": drain_timeout}})
    lines = {"name": LINES, "config": {"does": "lines"}}
    errors = {"name": ERRORS, "config": {"does": "errors"}}
    return Gateway(file.route("/a", lines, errors, url=upstream.url), scratch, plugins=plugins)


def begin(gateway: Gateway) -> http.client.HTTPResponse:
    """A stream whose first line has come."""
    connection = connect(gateway.address)
    connection.request("GET", "/a")
    response = connection.getresponse()
    line = response.readline()
    assert line.startswith(b"one 1 "), line
    return response


def process(gateway: Gateway, version: str) -> Watched:
    processes = gateway.admin(f"/plugins/processes/{LINES}")["data"]
    [pid] = [one["pid"] for one in processes if one["version"] == version]
    return Watched(pid)


def test_a_stream_that_ends_in_time_is_whole(tmp_path: Path, upstream: Lines) -> None:
    with gateway(tmp_path, upstream, 20_000) as running:
        stream = begin(running)
        with process(running, OLD) as old:
            swap(running, LINES, NEW)
            assert not old.ends_within(0), "a stream was still with it"
            upstream.go_on.release()
            rest, is_whole = read_until_cut(stream)
            assert is_whole and rest.startswith(b"two 2 ") and rest.endswith(b" 2.0.0\n"), rest
            assert old.ends_within(5), "nothing was left for it to do"


def test_at_the_deadline_a_stream_ends_as_its_dialect_says(tmp_path: Path, upstream: Lines) -> None:
    with gateway(tmp_path, upstream, 200) as running:
        stream = begin(running)
        with process(running, OLD) as old:
            swap(running, LINES, NEW)
            assert old.ends_within(5), "its time was over"
        # New exchanges do not know of it.
        upstream.go_on.release(2)
        rest, is_whole = read_until_cut(stream)
        assert (rest, is_whole) == (b'event: error\ndata: {"code":"plugin_unavailable"}\n\n', True)
        assert running.admin("/status")["gateway"]["calls"]["unavailable"] == 1
        another = begin(running)
        rest, is_whole = read_until_cut(another)
        assert is_whole and rest.endswith(b" 1.0.0\n"), rest

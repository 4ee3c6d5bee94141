# SPDX-License-Identifier: Apache-2.0
"""A plugin fails, or does not answer in time, in each of its phases: its policy decides, and it is counted."""

import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chaos.installation import install_chaos
from harness import Gateway, KongFile, connect
from harness.client import read_until_cut
from harness.gateway import BINARY
from harness.raw_upstream import RawUpstream, read_head

ERRORS = "chaos-errors"
OUTCOMES = {"hang": "timeout", "fail": "error"}
CODES = {"hang": b"plugin_timeout", "fail": b"plugin_error"}
STATUSES = {"hang": 504, "fail": 500}


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("phases")
    install_chaos(ERRORS, scratch / "plugins", scratch, priority=950)
    install = [BINARY, "plugin", "install", BINARY.with_name("gateway-test")]
    subprocess.run([*install, "--plugins", scratch / "plugins"], check=True, capture_output=True)
    return scratch / "plugins"


class Stream(RawUpstream):
    """An upstream whose answer begins with one piece; the rest comes when the client has that."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.go_on = threading.Semaphore(0)

    def __exit__(self, *what: Any) -> None:
        self.go_on.release(2)
        super().__exit__(*what)

    def _answer(self, connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n")
        for piece in (b"8\r\ntrouble\n\r\n", b"6\r\nthree\n\r\n0\r\n\r\n"):
            self.go_on.acquire(timeout=20)
            connection.sendall(piece)
        # A connection that is closed here could be the gateway's reason to end the client's.
        connection.recv(1)


@contextmanager
def gateway(
    plugins: Path, directory: Path, url: str, does: str, policy: str, *, speaks: bool = True
) -> Iterator[Gateway]:
    """A route at `/a` with the plugin, and one that knows the client's dialect if it `speaks`."""
    file = KongFile(processes={"gateway-test": {"on_failure": policy, "deadline": 300}})
    chain = [{"name": "gateway-test", "config": {"does": does}}]
    if speaks:
        chain.append({"name": ERRORS, "config": {"does": "errors"}})
    with Gateway(file.route("/a", *chain, url=url), directory, plugins=plugins) as running:
        yield running


def get(gateway: Gateway) -> http.client.HTTPResponse:
    connection = connect(gateway.address)
    connection.request("GET", "/a")
    return connection.getresponse()


def wait_for_outcome(gateway: Gateway, name: str) -> None:
    """Of a call that nobody waits for. The admin API tells no events: it is asked again and again."""
    deadline = time.monotonic() + 10
    while (counted := gateway.admin("/status")["gateway"]["calls"])[name] != 1:
        assert time.monotonic() < deadline, counted


@pytest.mark.parametrize("how", ["hang", "fail"])
def test_in_response_and_closed(plugins: Path, tmp_path: Path, how: str) -> None:
    with Stream() as stream, gateway(
        plugins, tmp_path, stream.url, f"{how}Response", "closed"
    ) as running:
        answer = get(running)
        assert answer.status == STATUSES[how]
        assert answer.read() == b'{"code":"%b"}' % CODES[how]
        wait_for_outcome(running, OUTCOMES[how])


@pytest.mark.parametrize("how", ["hang", "fail"])
def test_in_response_and_open(plugins: Path, tmp_path: Path, how: str) -> None:
    with Stream() as stream, gateway(
        plugins, tmp_path, stream.url, f"{how}Response", "open"
    ) as running:
        answer = get(running)
        stream.go_on.release(2)
        assert (answer.status, answer.read()) == (200, b"one\ntrouble\nthree\n")
        wait_for_outcome(running, OUTCOMES[how])


@pytest.mark.parametrize("how", ["hang", "fail"])
@pytest.mark.parametrize("speaks", [True, False])
def test_in_a_stream_and_closed(plugins: Path, tmp_path: Path, how: str, speaks: bool) -> None:
    with Stream() as stream, gateway(
        plugins, tmp_path, stream.url, f"{how}Piece", "closed", speaks=speaks
    ) as running:
        answer = get(running)
        assert answer.read(4) == b"ONE\n"
        stream.go_on.release()
        rest, is_whole = read_until_cut(answer)
        if speaks:
            # An event, the end of the body, and then of the connection.
            assert (rest, is_whole) == (event(CODES[how]), True)
        else:
            assert (rest, is_whole) == (b"", False), "nobody can tell that the stream is cut"
        wait_for_outcome(running, OUTCOMES[how])


@pytest.mark.parametrize("how", ["hang", "fail"])
def test_in_a_stream_and_open(plugins: Path, tmp_path: Path, how: str) -> None:
    with Stream() as stream, gateway(
        plugins, tmp_path, stream.url, f"{how}Piece", "open"
    ) as running:
        answer = get(running)
        assert answer.read(4) == b"ONE\n"
        stream.go_on.release()
        assert answer.read(8) == b"trouble\n"
        stream.go_on.release()
        rest, is_whole = read_until_cut(answer)
        assert (rest.lower(), is_whole) == (b"three\n", True)
        wait_for_outcome(running, OUTCOMES[how])


@pytest.mark.parametrize("how", ["hang", "fail"])
@pytest.mark.parametrize("policy", ["closed", "open"])
def test_in_produce_there_is_no_original_to_go_on_with(
    plugins: Path, tmp_path: Path, how: str, policy: str
) -> None:
    with gateway(plugins, tmp_path, "http://127.0.0.1:9", f"{how}Produce", policy) as running:
        answer = get(running)
        assert read_until_cut(answer) == (b"begun\n" + event(CODES[how]), True)
        wait_for_outcome(running, OUTCOMES[how])


def test_in_retry_the_first_failure_stands(plugins: Path, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with gateway(plugins, tmp_path, nobody, "hangRetry", "closed") as running:
            answer = get(running)
            assert (answer.status, answer.read()) == (503, b'{"code":"upstream_unreachable"}')
            wait_for_outcome(running, "timeout")


@pytest.mark.parametrize("how", ["hang", "fail"])
def test_in_complete_nobody_waits_for_it(plugins: Path, tmp_path: Path, how: str) -> None:
    with Stream() as stream, gateway(
        plugins, tmp_path, stream.url, f"{how}Complete", "closed"
    ) as running:
        answer = get(running)
        stream.go_on.release(2)
        assert (answer.status, answer.read()) == (200, b"one\ntrouble\nthree\n")
        wait_for_outcome(running, OUTCOMES[how])


def event(code: bytes) -> bytes:
    """As the plugin of the chain that knows the client's dialect has it."""
    return b'event: error\ndata: {"code":"%b"}\n\n' % code

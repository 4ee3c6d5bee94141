# SPDX-License-Identifier: Apache-2.0
"""The host ends under load: by SIGTERM it finishes what it has, by SIGKILL it leaves no plugin behind."""

import asyncio
import os
import random
import select
import signal
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from chaos import Storm, exchanges, storm
from chaos.client import Connection, Waits
from chaos.exchanges import Asked
from chaos.installation import install
from chaos.pieces import Wrong
from harness import Gateway, KongFile, ai_echo
from harness.command import patchbay
from harness.processes import descendants

KINDS = [exchanges.paced, exchanges.untouched, exchanges.echo]
CLIENTS_OF_EACH = 4


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chaos")
    return install(folder / "plugins", folder)


async def with_streams(running: Storm, then: Callable[[], None]) -> list[Any]:
    """Begins streams of all kinds, does something when all of them flow, and gives what became of each."""
    begun: list[Asked] = []
    streams: list[Coroutine[Any, Any, None]] = []
    for number, kind in enumerate(KINDS * CLIENTS_OF_EACH):
        nonce = f"stream-{number}"
        asked = Asked(nonce, "host-death", random.Random(nonce), Waits())
        begun.append(asked)
        streams.append(kind(Connection(running.gateway.address), asked))
    tasks = [asyncio.ensure_future(stream) for stream in streams]
    async with asyncio.timeout(20):
        await asyncio.gather(*(asked.flows.wait() for asked in begun))
    then()
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_sigterm_finishes_what_flows(plugins: Path, tmp_path: Path) -> None:
    with storm(plugins, tmp_path, seed=1, instances=2) as running:
        children = descendants(running.gateway.pid)

        def terminate() -> None:
            os.kill(running.gateway.pid, signal.SIGTERM)

        results = asyncio.run(with_streams(running, terminate))
        assert results == [None] * len(results)
        assert running.gateway.stop() == 0
        assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_no_plugin_outlives_a_host_that_was_killed(plugins: Path, tmp_path: Path) -> None:
    with storm(plugins, tmp_path, seed=2, instances=2) as running:
        _wait_for_processes(running.gateway, 2 * 5)
        children = descendants(running.gateway.pid)
        assert len(children) == 2 * 5 + 1
        watched = {os.pidfd_open(pid): pid for pid in children}

        def kill() -> None:
            os.kill(running.gateway.pid, signal.SIGKILL)

        try:
            results = asyncio.run(with_streams(running, kill))
            assert all(isinstance(result, Wrong) for result in results), results
            left = _wait_for_ends(watched, seconds=2)
        finally:
            for descriptor in watched:
                os.close(descriptor)
            running.gateway.expects_exit(-signal.SIGKILL)
    assert not left, f"processes that outlived the host by 2 s: {left}"


def test_no_folder_outlives_a_host_that_was_killed(tmp_path: Path) -> None:
    file = KongFile().route("/echo", ai_echo())
    # Shorter than the test's own folder: the path of a socket has its limit.
    with (
        tempfile.TemporaryDirectory() as folder,
        Gateway(file, tmp_path, {"TMPDIR": folder}) as gateway,
    ):
        temporary = Path(folder)
        admin = f"127.0.0.1:{gateway.admin_port}"
        socket = patchbay("plugin", "attach", "ai-echo", "--json", "--admin", admin).json["socket"]
        # That of the processes, and that of the socket.
        assert len(list(temporary.iterdir())) == 2
        assert Path(socket).is_relative_to(temporary)
        os.kill(gateway.pid, signal.SIGKILL)
        gateway.expects_exit(-signal.SIGKILL)
        deadline = time.monotonic() + 2
        while list(temporary.iterdir()) and time.monotonic() < deadline:
            pass
        assert list(temporary.iterdir()) == []


def _wait_for_processes(gateway: Gateway, count: int) -> None:
    """The gateway is ready with one of each plugin; the others follow."""
    deadline = time.monotonic() + 20
    while sum(one["state"] == "ready" for one in gateway.processes()) < count:
        assert time.monotonic() < deadline, gateway.log_text


def _wait_for_ends(watched: dict[int, int], seconds: float) -> list[int]:
    """The processes that are still there after so long."""
    left = dict(watched)
    deadline = time.monotonic() + seconds
    while left and (wait := deadline - time.monotonic()) > 0:
        for descriptor in select.select(list(left), [], [], wait)[0]:
            del left[descriptor]
    return list(left.values())

# SPDX-License-Identifier: Apache-2.0
"""A plugin is swapped under a mixed load. No exchange fails, and streams move with their state, where they can."""

import asyncio
import random
from pathlib import Path

import pytest

from chaos import Storm, exchanges, storm
from chaos.client import Connection, Waits
from chaos.exchanges import Asked
from chaos.installation import LINES, install, install_chaos
from chaos.rates import LONGEST_WAIT
from chaos.swapper import Swapper, swap

SEED = 20261127
SWAPS = 100


def installed(scratch: Path, version: str, state: int) -> Path:
    """1.0.0 and another version of the plugin that transforms; the newest is the one that is started."""
    plugins = install(scratch / "plugins", scratch)
    install_chaos(LINES, plugins, scratch, version, state)
    return plugins


@pytest.mark.parametrize("instances", [1, 2])
def test_no_client_sees_a_swap(tmp_path: Path, instances: int) -> None:
    plugins = installed(tmp_path, "1.1.0", state=1)
    with storm(plugins, tmp_path, SEED + instances, instances) as running:
        swapper = Swapper(running.gateway, LINES, ("1.1.0", "1.0.0"), SWAPS)
        load = running.load()
        asyncio.run(running.blow(load, swapper))
    assert len(swapper.seconds) == SWAPS
    assert load.longest_wait < LONGEST_WAIT, load.longest_wait_was
    moved = [versions for versions in load.versions if len(versions) == 2]
    assert moved, "no stream began in one version and went on in the other"


def test_a_stream_whose_state_the_other_version_cannot_read_stays(tmp_path: Path) -> None:
    plugins = installed(tmp_path, "2.0.0", state=2)
    with storm(plugins, tmp_path, SEED, instances=2) as running:
        old, new = asyncio.run(_streams_over_a_swap(running))
    assert {stream.versions for stream in old} == {("2.0.0",)}
    assert new.versions == ("1.0.0",)


async def _streams_over_a_swap(running: Storm) -> tuple[list[Asked], Asked]:
    def asked(nonce: str) -> Asked:
        return Asked(nonce, "swap", random.Random(nonce), Waits())

    def begin(stream: Asked) -> asyncio.Task[None]:
        connection = Connection(running.gateway.address)
        return asyncio.create_task(exchanges.paced(connection, stream))

    old = [asked(f"old-{number}") for number in range(6)]
    tasks = [begin(stream) for stream in old]
    await asyncio.gather(*(stream.flows.wait() for stream in old))
    swapping = asyncio.create_task(asyncio.to_thread(swap, running.gateway, LINES, "1.0.0"))
    await asyncio.gather(*tasks)
    await swapping
    new = asked("new")
    await begin(new)
    return old, new

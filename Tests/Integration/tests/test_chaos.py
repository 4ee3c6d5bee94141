# SPDX-License-Identifier: Apache-2.0
"""Plugin processes are killed at random moments under a mixed load. No client sees anything of it."""

import asyncio
from pathlib import Path

import pytest

from chaos import storm
from chaos.installation import install
from chaos.killer import STOP, Killer
from chaos.rates import LONGEST_WAIT, LONGEST_WAIT_STOPPED, SHORT, SHORT_MOVES

SEED = 20261126


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chaos")
    return install(folder / "plugins", folder)


@pytest.mark.parametrize("instances", [1, 2, 3])
def test_no_client_sees_a_kill(plugins: Path, tmp_path: Path, instances: int) -> None:
    with storm(plugins, tmp_path, SEED + instances, instances) as running:
        killer = Killer(running.gateway, running.seed, SHORT, SHORT_MOVES)
        load = running.load()
        asyncio.run(running.blow(load, killer, seconds=5))
    assert sum(killer.killed.values()) >= 4, killer.killed
    assert load.longest_wait < LONGEST_WAIT, load.longest_wait_was


@pytest.mark.parametrize("instances", [1, 2])
def test_no_client_sees_a_process_that_stands_still(
    plugins: Path, tmp_path: Path, instances: int
) -> None:
    with storm(plugins, tmp_path, SEED + instances, instances) as running:
        killer = Killer(running.gateway, running.seed, SHORT, (STOP,))
        load = running.load()
        asyncio.run(running.blow(load, killer, seconds=3))
    assert killer.moves[STOP] >= 1
    assert load.longest_wait < LONGEST_WAIT_STOPPED, load.longest_wait_was

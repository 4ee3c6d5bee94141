# SPDX-License-Identifier: Apache-2.0
"""Configurations follow one another under a mixed load. No exchange fails, and nothing piles up."""

import asyncio
from pathlib import Path

import pytest

from chaos import exchanges, storm
from chaos.installation import LINES, install, install_chaos
from chaos.killer import Killer
from chaos.rates import LONGEST_WAIT, SHORT, SHORT_MOVES
from chaos.reloader import Reloader
from chaos.swapper import Swapper

SEED = 20261126
RELOADS = 200
EXCHANGES = 20_000


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reloads")
    return install(folder / "plugins", folder)


def test_two_hundred_reloads_in_twenty_thousand_exchanges(plugins: Path, tmp_path: Path) -> None:
    with storm(plugins, tmp_path, SEED, instances=1) as running:
        load = running.load()
        load.mix = {
            "small": (exchanges.small, 12),
            "paced": (exchanges.paced, 4),
            "echo": (exchanges.echo, 2),
        }
        reloader = Reloader(running.gateway, SEED, RELOADS, lambda: len(load.nonces) / EXCHANGES)
        asyncio.run(running.blow(load, reloader))
    assert len(reloader.seconds) == RELOADS
    assert len(load.nonces) >= EXCHANGES
    assert {"small", "paced", "echo"} <= {kind for kind, tally in load.tallies.items() if tally}
    for memory in (reloader.memory, reloader.plugin_memory):
        assert memory[-1] - memory[1] < 16 << 20, f"{reloader.memory}, {reloader.plugin_memory}"


def test_no_client_sees_a_kill_during_a_reload(plugins: Path, tmp_path: Path) -> None:
    with storm(plugins, tmp_path, SEED, instances=2) as running:
        killer = Killer(running.gateway, running.seed, SHORT, SHORT_MOVES)
        load = running.load()
        # A few reloads after each kill, however fast they are.
        reloader = Reloader(running.gateway, SEED, 40, lambda: killer.moves.total() / 4)
        asyncio.run(running.blow(load, reloader, killer))
    assert sum(killer.killed.values()) >= 2, killer.killed
    assert load.longest_wait < LONGEST_WAIT, load.longest_wait_was


def test_reloads_and_swaps_take_turns(plugins: Path, tmp_path: Path) -> None:
    folder = install(tmp_path / "plugins", tmp_path)
    install_chaos(LINES, folder, tmp_path, "1.1.0")
    with storm(folder, tmp_path, SEED, instances=1) as running:
        swapper = Swapper(running.gateway, LINES, ("1.1.0", "1.0.0"), 1000)
        load = running.load()
        reloader = Reloader(running.gateway, SEED, 30)
        asyncio.run(running.blow(load, reloader, swapper))
    assert len(swapper.seconds) >= 5
    moved = [versions for versions in load.versions if len(versions) > 1]
    assert moved, "no stream began in one version and went on in the other"

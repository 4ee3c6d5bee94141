# SPDX-License-Identifier: Apache-2.0
"""Kills plugin processes at random moments, in ways that a seed chooses."""

import asyncio
import os
import random
import signal
from collections import Counter
from typing import Any

from harness import Gateway

from .rates import Rates
from .scene import PATIENT

# One process; all of a plugin at once; all there are.
MOVES = ("one", "plugin", "all")
STOP = "stop"


class Killer:
    """`run` until `stop`. `moves` counts what it did, by kind; `killed` the processes, by plugin."""

    def __init__(
        self, gateway: Gateway, seed: int, rates: Rates, moves: tuple[str, ...] = MOVES
    ) -> None:
        self._gateway = gateway
        self._chance = random.Random(f"killer {seed}")
        self._rates = rates
        self._kinds = moves
        self._stop = asyncio.Event()
        self.moves: Counter[str] = Counter()
        self.killed: Counter[str] = Counter()

    async def run(self) -> None:
        while not await self._pause():
            answer = await asyncio.to_thread(self._gateway.admin, "/plugins/processes")
            processes = [one for one in answer["data"] if one["pid"]]
            if processes:
                await self._move(self._chance.choice(self._kinds), processes)

    def stop(self) -> None:
        self._stop.set()

    async def _pause(self) -> bool:
        """Lets some time pass; true when it is over."""
        pause = self._chance.uniform(self._rates.shortest, self._rates.longest)
        try:
            await asyncio.wait_for(self._stop.wait(), pause)
        except TimeoutError:
            return False
        return True

    async def _move(self, kind: str, processes: list[dict[str, Any]]) -> None:
        if kind == STOP:
            processes = [one for one in processes if one["plugin"] in PATIENT]
            if not processes:
                return
        chosen = self._chance.choice(processes)
        if kind == "plugin":
            victims = [one for one in processes if one["plugin"] == chosen["plugin"]]
        else:
            victims = processes if kind == "all" else [chosen]
        number = signal.SIGSTOP if kind == STOP else signal.SIGKILL
        self.moves[kind] += 1
        for victim in victims:
            if not _send(victim["pid"], number):
                continue
            self.killed[victim["plugin"]] += 1
        if kind == STOP:
            await _end(chosen["pid"])


def _send(pid: int, number: signal.Signals) -> bool:
    """False: it was gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


async def _end(pid: int) -> None:
    """Waits until the process is gone; the host is the one to end it."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    loop.add_reader(descriptor, gone.set)
    try:
        async with asyncio.timeout(15):
            await gone.wait()
    except TimeoutError:
        raise AssertionError(
            f"process {pid} is stopped, and was not replaced within 15 s"
        ) from None
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)

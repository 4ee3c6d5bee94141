# SPDX-License-Identifier: Apache-2.0
"""A load over a gateway whose plugins are killed under it, and what must be true while it blows and when it is over."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness import Gateway, LogFile

from .aftermath import Aftermath
from .load import Load
from .scene import scene
from .upstream import NumberedUpstream


class Disturbance(Protocol):
    """What happens beside the load: a killer, or swaps."""

    async def run(self) -> None: ...

    def stop(self) -> None:
        """`run` is to end soon."""


@dataclass
class Storm:
    """A running gateway with the chaos plugins and their upstream."""

    gateway: Gateway
    upstream: NumberedUpstream
    log: LogFile
    seed: int
    instances: int
    _loads: int = 0

    def load(self) -> Load:
        self._loads += 1
        return Load(self.gateway.address, self.seed, f"storm-{self.seed}-{self._loads}")

    async def blow(
        self, load: Load, *disturbances: Disturbance, seconds: float | None = None
    ) -> None:
        """Load for so many seconds, or until the first disturbance is done; then everything is looked at."""
        aftermath = Aftermath(self.gateway, self.upstream, self.log, self.instances)
        async with asyncio.TaskGroup() as group:
            group.create_task(load.run())
            try:
                await _disturb(disturbances, seconds)
            finally:
                load.stop()
        await asyncio.to_thread(aftermath.check, load)


async def _disturb(disturbances: tuple[Disturbance, ...], seconds: float | None) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one.run()) for one in disturbances]
        try:
            if seconds is None:
                await tasks[0]
            else:
                await asyncio.sleep(seconds)
        finally:
            for one in disturbances:
                one.stop()


@contextlib.contextmanager
def storm(plugins: Path, directory: Path, seed: int, instances: int) -> Iterator[Storm]:
    """Starts it all, and stops it: the gateway must end with 0."""
    log = directory / "file.log"
    with NumberedUpstream() as upstream:
        file = scene(upstream.url, log, instances)
        with Gateway(file, directory, plugins=plugins) as gateway:
            yield Storm(gateway, upstream, LogFile(log), seed, instances)

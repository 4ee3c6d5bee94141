# SPDX-License-Identifier: Apache-2.0
"""Many clients at once, each with one exchange after the other; all are checked, and the waits are measured."""

import asyncio
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field

from . import exchanges
from .client import Connection, Waits
from .exchanges import Asked, Exchange
from .pieces import Wrong

# How many clients of each kind a storm has.
MIX: dict[str, tuple[Exchange, int]] = {
    "plain": (exchanges.plain, 5),
    "untouched": (exchanges.untouched, 2),
    "paced": (exchanges.paced, 6),
    "burst": (exchanges.burst, 1),
    "echo": (exchanges.echo, 3),
}


@dataclass
class Tally:
    """What came of the exchanges of one kind."""

    exchanges: int = 0
    pieces: int = 0
    # Seconds: the longest wait of each exchange.
    waits: list[float] = field(default_factory=list)


@dataclass
class Load:
    """`run` until `stop`; then all that was begun is finished, and the results stand here."""

    address: tuple[str, int]
    seed: int
    storm: str
    mix: dict[str, tuple[Exchange, int]] = field(default_factory=lambda: MIX)
    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    nonces: set[str] = field(default_factory=set)
    # Which versions transformed each stream, in order.
    versions: list[tuple[str, ...]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    longest_wait: float = 0
    longest_wait_was: str = "none"

    def __post_init__(self) -> None:
        self._stop = asyncio.Event()
        self._began = time.monotonic()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for kind, (exchange, clients) in self.mix.items():
                for client in range(clients):
                    group.create_task(self._client(kind, exchange, f"{kind}-{client}"))

    def stop(self) -> None:
        self._stop.set()

    async def _client(self, kind: str, exchange: Exchange, name: str) -> None:
        connection = Connection(self.address)
        number = 0
        try:
            while not self._stop.is_set() and len(self.failures) < 20:
                await self._one(kind, exchange, f"{self.storm}-{name}-{number}", connection)
                number += 1
        finally:
            connection.close()

    async def _one(self, kind: str, exchange: Exchange, nonce: str, connection: Connection) -> None:
        chance = random.Random(f"{self.seed} {nonce}")
        asked = Asked(nonce, self.storm, chance, Waits())
        self.nonces.add(nonce)
        try:
            await exchange(connection, asked)
        except (Wrong, OSError) as error:
            at = time.monotonic() - self._began
            self.failures.append(f"{nonce}, {at:.2f} s after the start: {error}")
            connection.close()
        tally = self.tallies[kind]
        tally.exchanges += 1
        tally.pieces += asked.pieces
        tally.waits.append(asked.waits.longest)
        if asked.versions:
            self.versions.append(asked.versions)
        if asked.waits.longest > self.longest_wait:
            self.longest_wait = asked.waits.longest
            self.longest_wait_was = f"{nonce}, after {asked.waits.after} bytes"

# SPDX-License-Identifier: Apache-2.0
"""Gives the gateway one configuration after the other, by SIGHUP and by POST /config in turn."""

import asyncio
import copy
import random
import time
from collections.abc import Callable

from harness import Gateway, KongFile
from harness.processes import descendants, resident, resident_together
from harness.reload import post_file, take

from .installation import HEADS

BURST = 20


class Reloader:
    """`run` reloads `count` times, then goes on until `enough`; at the end the gateway has the file that it began with.

    Each configuration differs from the one before it: another route, instances in another order, another config.
    """

    def __init__(
        self, gateway: Gateway, seed: int, count: int, enough: Callable[[], float] = lambda: 1
    ) -> None:
        self._gateway = gateway
        self._base = copy.deepcopy(gateway.file)
        self._chance = random.Random(seed)
        self._count = count
        # How much of what is to happen meanwhile has happened, 1: all.
        self._enough = enough
        self._stopped = False
        self.seconds: list[float] = []
        # Bytes of the host, and of all its plugins, after every burst of reloads.
        self.memory: list[int] = []
        self.plugin_memory: list[int] = []

    async def run(self) -> None:
        for number in range(self._count):
            # The reloads are spread over all that happens.
            while number / self._count > self._enough() and not self._stopped:
                await asyncio.sleep(0.01)
            if self._stopped:
                return
            began = time.monotonic()
            await asyncio.to_thread(self._reload, self._variant(number), number)
            self.seconds.append(time.monotonic() - began)
            if number % BURST == BURST - 1:
                self.memory.append(resident(self._gateway.pid))
                plugins = descendants(self._gateway.pid)
                self.plugin_memory.append(resident_together(plugins))
        while self._enough() < 1 and not self._stopped:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(take, self._gateway, self._base)

    def stop(self) -> None:
        self._stopped = True

    def _reload(self, file: KongFile, number: int) -> None:
        if number % 2:
            take(self._gateway, file)
        else:
            answer = post_file(self._gateway, file)
            assert answer.status == 201, answer

    def _variant(self, number: int) -> KongFile:
        file = copy.deepcopy(self._base)
        file.route(f"/extra-{number}", {"name": HEADS, "config": {"does": "heads"}})
        self._chance.shuffle(file.services)
        for service in file.services:
            self._chance.shuffle(service["plugins"])
            for plugin in service["plugins"]:
                if "interval" in plugin["config"]:
                    plugin["config"]["interval"] = self._chance.choice([4, 5, 6])
        return file

# SPDX-License-Identifier: Apache-2.0
"""Swaps a plugin back and forth between installed versions, as fast as the host says that it is through."""

import asyncio
import time
from typing import Any

from harness import Gateway, request


class Swapper:
    """`run` swaps `count` times; each answer is checked, and how long it took is kept in `seconds`."""

    def __init__(
        self, gateway: Gateway, plugin: str, versions: tuple[str, str], count: int
    ) -> None:
        self._gateway = gateway
        self._plugin = plugin
        self._versions = versions
        self._count = count
        self._stopped = False
        self.seconds: list[float] = []

    async def run(self) -> None:
        """`versions[0]` is the one that runs."""
        present, other = self._versions
        for _ in range(self._count):
            if self._stopped:
                return
            began = time.monotonic()
            answer = await asyncio.to_thread(swap, self._gateway, self._plugin, other)
            self.seconds.append(time.monotonic() - began)
            said = (answer["action"], answer["plugin"], answer["from"], answer["to"])
            assert said == ("swap", self._plugin, present, other), answer
            running = {one["version"] for one in answer["data"] if one["state"] == "ready"}
            assert other in running, answer
            present, other = other, present

    def stop(self) -> None:
        self._stopped = True


def swap(gateway: Gateway, plugin: str, version: str) -> Any:
    address = ("127.0.0.1", gateway.admin_port)
    answer = request(address, "PUT", f"/plugins/processes/{plugin}", {"version": version})
    assert answer.status == 200, f"the swap to {version} was refused: {answer}"
    return answer.json()

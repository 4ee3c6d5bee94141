# SPDX-License-Identifier: Apache-2.0
"""Holds the pieces of an answer back until the test lets them go: events, never time."""

import asyncio
import threading


class Gate:
    """`release` is called by the test's thread; `passed` is awaited by the fake's event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._permits = 0
        self._open = False
        self._waiter: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None

    def release(self, pieces: int = 1) -> None:
        with self._lock:
            self._permits += pieces
            self._wake()

    def open(self) -> None:
        """Lets everything that is left through."""
        with self._lock:
            self._open = True
            self._wake()

    async def passed(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with self._lock:
                if self._open:
                    return
                if self._permits:
                    self._permits -= 1
                    return
                waiter = loop.create_future()
                self._waiter = (loop, waiter)
            await waiter

    def _wake(self) -> None:
        if self._waiter is None:
            return
        loop, waiter = self._waiter
        self._waiter = None
        loop.call_soon_threadsafe(_resolve, waiter)


def _resolve(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)

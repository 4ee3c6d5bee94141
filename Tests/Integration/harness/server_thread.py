# SPDX-License-Identifier: Apache-2.0
"""A server of a test, on an event loop and a thread of its own."""

import asyncio
import threading
from types import TracebackType
from typing import Self


class ServerThread:
    """`with` it runs. What it serves, `_listen` says: it sets `_ready`, waits for `_stop`, and closes."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), f"{self._thread.name} did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._listen())

    async def _listen(self) -> None:
        raise NotImplementedError

# SPDX-License-Identifier: Apache-2.0
"""What plugins speak to that the upstream is not: who takes lines, and who finds every text harmless."""

import asyncio
import threading
from types import TracebackType
from typing import Self

_ANALYSIS = b'{"blocklistsMatch":[],"categoriesAnalysis":[{"category":"Hate","severity":0}]}'
_RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
    % (len(_ANALYSIS), _ANALYSIS)
)
_LENGTH = b"content-length:"


class Sinks:
    """`with Sinks() as sinks`: both listen, on a thread of their own."""

    def __init__(self) -> None:
        self.lines = 0
        self.analyses = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    async def _run(self) -> None:
        lines = await asyncio.start_server(_swallow, "127.0.0.1", 0)
        analyses = await asyncio.start_server(_analyse, "127.0.0.1", 0)
        self.lines, self.analyses = (
            server.sockets[0].getsockname()[1] for server in (lines, analyses)
        )
        self._ready.set()
        await self._over.wait()
        lines.close()
        analyses.close()


async def _swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(1 << 20):
        pass
    writer.close()


async def _analyse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers to each request that it finds nothing."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            _, _, length = head.partition(_LENGTH)
            await reader.readexactly(int(length.partition(b"\r")[0]))
            writer.write(_RESPONSE)
    # The gateway ends with answers that it did not read.
    except (asyncio.IncompleteReadError, ConnectionResetError):
        writer.close()

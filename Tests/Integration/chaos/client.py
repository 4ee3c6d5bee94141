# SPDX-License-Identifier: Apache-2.0
"""One HTTP/1.1 connection of a client that reads as bytes come, and knows how long it waited for them."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from .pieces import Wrong

# Seconds without a byte after which an exchange is given up.
PATIENCE = 20.0


@dataclass
class Waits:
    """How long a client waited for the next bytes; seconds."""

    longest: float = 0
    # Bytes of the body that had come before the longest wait.
    after: int = 0
    _last: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        self._last = time.monotonic()

    def received(self, position: int) -> None:
        now = time.monotonic()
        if now - self._last > self.longest:
            self.longest, self.after = now - self._last, position
        self._last = now


@dataclass(frozen=True)
class Head:
    status: int
    fields: dict[str, list[str]]


class Connection:
    """Kept alive between exchanges; `close` it after one that went wrong."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(
        self, method: str, target: str, headers: dict[str, str], body: bytes, waits: Waits
    ) -> Head:
        """Sends a request and gives the head of its response."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._address)
        lines = [f"{method} {target} HTTP/1.1", "Host: chaos"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        waits.begin()
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = await self._until(b"\r\n\r\n", "the head")
        waits.received(0)
        first, *rest = head.decode("latin-1").split("\r\n")[:-2]
        fields: dict[str, list[str]] = {}
        for line in rest:
            name, _, value = line.partition(":")
            fields.setdefault(name.lower(), []).append(value.strip())
        return Head(int(first.split(" ")[1]), fields)

    async def body(self, head: Head, waits: Waits) -> AsyncIterator[bytes]:
        """The body as it comes; raises `Wrong` when it ends before its framing does."""
        async for data in self._framed(head, waits):
            yield data
        # After so many requests the gateway wants another connection.
        if "close" in head.fields.get("connection", []):
            self.close()

    async def _framed(self, head: Head, waits: Waits) -> AsyncIterator[bytes]:
        position = 0
        if "content-length" in head.fields:
            [length] = head.fields["content-length"]
            while position < int(length):
                data = await self._some(int(length) - position, position)
                position += len(data)
                waits.received(position)
                yield data
            return
        if head.fields.get("transfer-encoding") != ["chunked"]:
            raise Wrong(f"a body without framing: {head}")
        while size := int(await self._until(b"\r\n", f"byte {position}"), 16):
            data = (await self._exactly(size + 2, position))[:-2]
            position += size
            waits.received(position)
            yield data
        await self._until(b"\r\n", "the end")

    def close(self) -> None:
        if self._writer:
            self._writer.close()
        self._reader = self._writer = None

    async def _some(self, most: int, position: int) -> bytes:
        assert self._reader
        async with _patience(f"byte {position}"):
            data = await self._reader.read(most)
        if not data:
            raise Wrong(f"the connection ended after {position} bytes of a body")
        return data

    async def _exactly(self, count: int, position: int) -> bytes:
        assert self._reader
        try:
            async with _patience(f"byte {position}"):
                return await self._reader.readexactly(count)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Wrong(
                f"the connection ended after {position} bytes of a body: {error}"
            ) from error

    async def _until(self, end: bytes, what: str) -> bytes:
        assert self._reader
        try:
            async with _patience(what):
                return await self._reader.readuntil(end)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Wrong(f"the connection ended before {what}: {error}") from error


class _patience:
    """`async with` that turns a wait without end into `Wrong`."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._timeout = asyncio.timeout(PATIENCE)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, kind, error, trace) -> None:  # type: ignore[no-untyped-def]
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise Wrong(f"no byte for {PATIENCE:g} s while waiting for {self._what}") from None

# SPDX-License-Identifier: Apache-2.0
"""An upstream whose answers show whose they are: plain ones by checksums, streamed ones piece by piece."""

import asyncio
import random
import zlib
from collections import Counter
from urllib.parse import parse_qs, urlsplit

from harness.server_thread import ServerThread

from .pieces import piece

Fields = dict[str, list[str]]


def plain_answer(nonce: str, body: bytes, heads: list[str], size: int) -> bytes:
    """What the upstream got, then bytes that depend on the nonce."""
    facts = f"{nonce} {zlib.crc32(body):08x} {','.join(heads)}\n".encode()
    filler = random.Random(nonce).randbytes(size)
    return facts + filler


class NumberedUpstream(ServerThread):
    """`with NumberedUpstream() as upstream`: an HTTP server on a thread of its own.

    `POST /…?size=N` is answered with `plain_answer`; `GET /…?count=N&pace=MS` with so many pieces, one each so many
    milliseconds, or all in bursts when `pace` is 0. `x-nonce` names the exchange.
    """

    def __init__(self) -> None:
        super().__init__("numbered-upstream")
        self.url = ""
        # How often each exchange arrived: more than once is a request that was sent twice.
        self.arrivals: Counter[str] = Counter()

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, target, fields = _parse(head)
                length = int(fields.get("content-length", ["0"])[0])
                body = await reader.readexactly(length)
                await self._answer(method, target, fields, body, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the gateway closed the connection
        finally:
            writer.close()

    async def _answer(
        self, method: str, target: str, fields: Fields, body: bytes, writer: asyncio.StreamWriter
    ) -> None:
        [nonce] = fields["x-nonce"]
        self.arrivals[nonce] += 1
        query = {name: int(values[0]) for name, values in parse_qs(urlsplit(target).query).items()}
        if method == "POST":
            content = plain_answer(nonce, body, fields.get("x-heads", []), query["size"])
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n"
            writer.write(head.encode() + content)
            await writer.drain()
        else:
            await _stream(nonce, query["count"], query["pace"], writer)


async def _stream(nonce: str, count: int, pace: int, writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chance = random.Random(nonce)
    pending = b""
    for number in range(count):
        pending += piece(nonce, number, count)
        # Where the bytes are cut has nothing to do with where a piece ends.
        if pace == 0 and chance.random() < 0.7:
            continue
        cut = chance.randint(1, len(pending))
        _write_chunk(writer, pending[:cut])
        pending = pending[cut:]
        await writer.drain()
        await asyncio.sleep(pace / 1000)
    if pending:
        _write_chunk(writer, pending)
    writer.write(b"0\r\n\r\n")
    await writer.drain()


def _write_chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))


def _parse(head: bytes) -> tuple[str, str, Fields]:
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _ = first.split(" ", 2)
    fields: Fields = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name.lower(), []).append(value.strip())
    return method, target, fields

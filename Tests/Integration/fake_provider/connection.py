# SPDX-License-Identifier: Apache-2.0
"""One connection of the fake: HTTP/1.1 with keep-alive, every byte and its moment under control."""

import asyncio
import socket
from collections.abc import Callable

from .answer import Answer
from .peer import PeerQueue
from .plan import Cut, Plan
from .received import Received


class _Gone(Exception):
    """The peer closed, or the plan cut the connection."""


class Connection:
    def __init__(
        self,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        left: asyncio.Event,
        plan_for: Callable[[Received], Plan],
        respond: Callable[[Received, Plan], Answer],
    ) -> None:
        self.number = number
        self.reader = reader
        self.writer = writer
        self.left = left
        self.plan_for = plan_for
        self.respond = respond
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.peer = raw.getpeername()[:2]
        self.unread = PeerQueue(raw.getsockname(), self.peer)

    async def serve(self) -> None:
        try:
            while (request := await self._read_request()) is not None:
                await self._answer(request, self.plan_for(request))
        except (_Gone, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.unread.close()
            self.writer.close()

    async def _read_request(self) -> Received | None:
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = [
            (name, value.strip()) for name, _, value in (x.partition(":") for x in lines[1:-2])
        ]
        request = Received(method, target, headers, b"", self.number, self.peer)
        if request.header("expect") == "100-continue":
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.body = await self._read_body(request)
        return request

    async def _read_body(self, request: Received) -> bytes:
        if (request.header("transfer-encoding") or "").lower() == "chunked":
            return await self._read_chunks()
        length = int(request.header("content-length") or 0)
        return await self.reader.readexactly(length) if length else b""

    async def _read_chunks(self) -> bytes:
        body = bytearray()
        while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += await self.reader.readexactly(size)
            await self.reader.readexactly(2)
        while await self.reader.readuntil(b"\r\n") != b"\r\n":
            pass
        return bytes(body)

    async def _answer(self, request: Received, plan: Plan) -> None:
        writing = asyncio.ensure_future(self._write(request, plan))
        leaving = asyncio.ensure_future(self.left.wait())
        await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not writing.done():
            request.mark_aborted()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            raise _Gone
        if isinstance(writing.exception(), ConnectionError):
            request.mark_aborted()
        writing.result()

    async def _write(self, request: Received, plan: Plan) -> None:
        if plan.gate:
            await plan.gate.passed()
        if plan.raw is not None:
            await self._send(plan.raw)
            self.writer.write_eof()
            request.finished.set()
            raise _Gone
        result = self.respond(request, plan)
        request.usage = result.usage
        request.response_body = result.body
        is_chunked = result.is_stream or plan.split is not None
        await self._send(_head(result, is_chunked))
        if request.method != "HEAD":
            await self._write_body(result, plan, is_chunked)
        request.finished.set()
        if (request.header("connection") or "").lower() == "close":
            raise _Gone

    async def _write_body(self, result: Answer, plan: Plan, is_chunked: bool) -> None:
        sent = 0
        for piece in _pieces(result, plan, is_chunked):
            if plan.gate:
                await plan.gate.passed()
            if plan.cut_after is not None and sent + len(piece) >= plan.cut_after:
                last = piece[: plan.cut_after - sent]
                await self._send(last if plan.splits_wire or not is_chunked else _chunk(last))
                self._cut(plan.cut)
            sent += len(piece)
            framed = piece if plan.splits_wire or not is_chunked else _chunk(piece)
            await self._send(framed)
            if plan.split:
                await self.unread.is_empty()
        if is_chunked and not plan.splits_wire:
            await self._send(b"0\r\n\r\n")

    def _cut(self, how: Cut) -> None:
        if how is Cut.RESET:
            self.writer.transport.abort()
        else:
            self.writer.close()
        raise _Gone

    async def _send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


def _head(result: Answer, is_chunked: bool) -> bytes:
    lines = [f"HTTP/1.1 {result.status} {_REASONS.get(result.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in result.headers]
    lines.append(
        "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(result.body)}"
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _pieces(result: Answer, plan: Plan, is_chunked: bool) -> list[bytes]:
    if plan.split is None:
        return result.pieces
    if plan.splits_wire and is_chunked:
        wire = b"".join(map(_chunk, result.pieces)) + b"0\r\n\r\n"
        return list(plan.split(wire))
    return list(plan.split(result.body))


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    529: "Overloaded",
}

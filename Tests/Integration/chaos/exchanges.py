# SPDX-License-Identifier: Apache-2.0
"""The kinds of exchange in a storm. Each is checked whole: head, every byte, and who it was for."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from .client import Connection, Head, Waits
from .pieces import PieceReader, Wrong
from .upstream import plain_answer


@dataclass
class Asked:
    """One exchange that a client is about to have."""

    nonce: str
    # Marks the exchanges of a storm in the log file.
    storm: str
    chance: random.Random
    waits: Waits
    # Set when the first bytes of the body are there.
    flows: asyncio.Event = field(default_factory=asyncio.Event)
    pieces: int = 0
    # Which versions of the transforming plugin worked on it.
    versions: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        return {"x-test": self.storm, "x-nonce": self.nonce}


Exchange = Callable[[Connection, Asked], Awaitable[None]]


async def plain(connection: Connection, asked: Asked) -> None:
    """A body there, another one back; plugins edit both heads and count."""
    await _plain(connection, asked, (1, 100, 5_000, 100_000), (0, 10, 3_000, 200_000))


async def small(connection: Connection, asked: Asked) -> None:
    """The same with next to no bytes: what can be had very often."""
    await _plain(connection, asked, (1, 100), (0, 10))


async def _plain(
    connection: Connection, asked: Asked, bodies: tuple[int, ...], answers: tuple[int, ...]
) -> None:
    body = asked.chance.randbytes(asked.chance.choice(bodies))
    size = asked.chance.choice(answers)
    head = await connection.send("POST", f"/plain?size={size}", asked.headers, body, asked.waits)
    await _check_head(connection, head, asked)
    received = b"".join([data async for data in connection.body(head, asked.waits)])
    expected = plain_answer(asked.nonce, body, [asked.nonce], size)
    if received != expected:
        raise Wrong(_first_difference(received, expected))


async def untouched(connection: Connection, asked: Asked) -> None:
    """A stream that no plugin sees, behind plugins that edit heads."""
    await _numbered(connection, asked, "/untouched", count=100, pace=asked.chance.choice([2, 10]))


async def paced(connection: Connection, asked: Asked) -> None:
    """A stream that a plugin rewrites piece by piece, as slowly as a model speaks."""
    await _numbered(
        connection,
        asked,
        "/lines",
        count=200,
        pace=asked.chance.choice([2, 5, 10]),
        transformed=True,
    )


async def burst(connection: Connection, asked: Asked) -> None:
    """The same as fast as it can be had."""
    await _numbered(connection, asked, "/lines", count=1000, pace=0, transformed=True)


async def echo(connection: Connection, asked: Asked) -> None:
    """A stream whose source is a plugin."""
    text = " ".join(f"{asked.nonce}-{number}" for number in range(60))
    body = {"model": "echo-1", "stream": True, "messages": [{"role": "user", "content": text}]}
    headers = {**asked.headers, "Content-Type": "application/json"}
    head = await connection.send("POST", "/echo", headers, json.dumps(body).encode(), asked.waits)
    await _check_head(connection, head, asked)
    received = b""
    async for data in connection.body(head, asked.waits):
        received += data
        asked.flows.set()
    *events, done, end = received.split(b"\n\n")
    if (done, end) != (b"data: [DONE]", b""):
        raise Wrong(f"cut after {len(events)} events: {received[-200:]!r}")
    chunks = [json.loads(event.removeprefix(b"data: ")) for event in events]
    said = "".join(
        choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]
    )
    if said != text:
        raise Wrong(_first_difference(said.encode(), text.encode()))
    if len({chunk["id"] for chunk in chunks}) != 1:
        raise Wrong("events of several answers in one")
    asked.pieces = len(events)


async def _numbered(
    connection: Connection,
    asked: Asked,
    path: str,
    count: int,
    pace: int,
    transformed: bool = False,
) -> None:
    head = await connection.send(
        "GET", f"{path}?count={count}&pace={pace}", asked.headers, b"", asked.waits
    )
    await _check_head(connection, head, asked)
    reader = PieceReader(asked.nonce, count, transformed)
    async for data in connection.body(head, asked.waits):
        reader.feed(data)
        asked.pieces = reader.count
        asked.flows.set()
    reader.finish()
    asked.versions = tuple(dict.fromkeys(reader.versions or ()))


async def _check_head(connection: Connection, head: Head, asked: Asked) -> None:
    if head.status != 200:
        body = b"".join([data async for data in connection.body(head, asked.waits)])
        raise Wrong(f"status {head.status}: {body[:300]!r}")
    marks = head.fields.get("x-heads", [])
    if marks != [asked.nonce]:
        raise Wrong(f"the response's head has the marks {marks}, expected one: {asked.nonce}")


def _first_difference(received: bytes, expected: bytes) -> str:
    same = next(
        (
            at
            for at, (one, other) in enumerate(zip(received, expected, strict=False))
            if one != other
        ),
        min(len(received), len(expected)),
    )
    return (
        f"{len(received)} bytes instead of {len(expected)}; they differ at {same}: "
        f"{received[same : same + 60]!r} instead of {expected[same : same + 60]!r}"
    )

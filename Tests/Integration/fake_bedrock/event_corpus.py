# SPDX-License-Identifier: Apache-2.0
"""Writes event_corpus.json: event streams, whole and damaged, and what botocore makes of each.

The unit tests of the gateway's reader hold it to the same. Run as a script it writes the file anew.
"""

import base64
import json
import random
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.eventstream import EventStreamBuffer, ParserError

from fake_bedrock import frames

FILE = Path(__file__).with_name("event_corpus.json")


def made() -> str:
    chosen = random.Random(20231105)
    streams = [b"".join(_message(chosen) for _ in range(chosen.randint(1, 4))) for _ in range(24)]
    streams += [_damaged(chosen, stream) for stream in streams * 3]
    streams += [stream[: chosen.randrange(len(stream))] for stream in streams[:24]]
    cases = [_read(stream) for stream in streams]
    return json.dumps(cases, indent=0, ensure_ascii=True) + "\n"


def _message(chosen: random.Random) -> bytes:
    values = _values(chosen)
    names = chosen.sample(["a", "b", ":c", "a-long-name", "ü", "x" * 255], chosen.randint(0, 5))
    return frames.message(
        {name: chosen.choice(values) for name in names},
        chosen.randbytes(chosen.choice([0, 1, 7, 8, 9, 100, 300])),
    )


def _values(chosen: random.Random) -> list[Any]:
    return [
        True,
        False,
        (2, -128),
        (3, chosen.randint(-(2**15), 2**15 - 1)),
        (4, chosen.randint(-(2**31), 2**31 - 1)),
        (5, chosen.randint(-(2**63), 2**63 - 1)),
        chosen.randbytes(chosen.randint(0, 40)),
        "",
        "contentBlockDelta",
        "é€𝄞",
        datetime.fromtimestamp(chosen.randint(0, 2**32), UTC),
        uuid.UUID(int=chosen.getrandbits(128)),
    ]


def _damaged(chosen: random.Random, stream: bytes) -> bytes:
    """One bit is another: every one of them is under a checksum."""
    bit = chosen.randrange(8 * len(stream))
    damaged = bytearray(stream)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def _read(stream: bytes) -> dict[str, Any]:
    buffer = EventStreamBuffer()
    buffer.add_data(stream)
    messages = []
    fails = False
    try:
        for message in buffer:
            headers = {name: _shown(value) for name, value in message.headers.items()}
            messages.append({"headers": headers, "payload": _base64(message.payload)})
    except ParserError:
        fails = True
    return {"stream": _base64(stream), "messages": messages, "fails": fails}


def _shown(value: Any) -> str:
    """`n:` numbers, `b:` bytes and UUIDs, `s:` texts, `t` and `f`."""
    match value:
        case bool():
            return "t" if value else "f"
        case int():
            return f"n:{value}"
        case bytes():
            return f"b:{_base64(value)}"
    return f"s:{value}"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


if __name__ == "__main__":
    FILE.write_text(made())

# SPDX-License-Identifier: Apache-2.0
"""Messages of `application/vnd.amazon.eventstream`, with both checksums."""

import json
import struct
import uuid
from binascii import crc32
from datetime import datetime
from typing import Any

Value = bool | int | bytes | str | datetime | uuid.UUID

# What an integer of a type is packed as. Plain ints are 32 bits wide.
_INTEGERS = {2: "!b", 3: "!h", 4: "!i", 5: "!q"}


def message(headers: dict[str, Value | tuple[int, int]], payload: bytes) -> bytes:
    """A message. A tuple is an integer of the given type."""
    block = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", len(block) + len(payload) + 16, len(block))
    prelude += struct.pack("!I", crc32(prelude))
    whole = prelude + block + payload
    return whole + struct.pack("!I", crc32(whole))


def event(name: str, value: dict[str, Any]) -> bytes:
    return message(
        {":event-type": name, ":content-type": "application/json", ":message-type": "event"},
        _json(value),
    )


def exception(name: str, value: dict[str, Any]) -> bytes:
    return message(
        {
            ":exception-type": name,
            ":content-type": "application/json",
            ":message-type": "exception",
        },
        _json(value),
    )


def error(code: str, text: str) -> bytes:
    """The kind of failure that no operation models: it is in the headers alone."""
    return message({":message-type": "error", ":error-code": code, ":error-message": text}, b"")


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _header(name: str, value: Value | tuple[int, int]) -> bytes:
    return struct.pack("!B", len(name.encode())) + name.encode() + _value(value)


def _value(value: Value | tuple[int, int]) -> bytes:
    match value:
        case bool():
            return b"\x00" if value else b"\x01"
        case int():
            return struct.pack("!Bi", 4, value)
        case (int() as kind, int() as number):
            return struct.pack("!B", kind) + struct.pack(_INTEGERS[kind], number)
        case bytes():
            return struct.pack("!BH", 6, len(value)) + value
        case str():
            return struct.pack("!BH", 7, len(value.encode())) + value.encode()
        case datetime():
            return struct.pack("!Bq", 8, int(value.timestamp() * 1000))
        case uuid.UUID():
            return b"\x09" + value.bytes
    raise TypeError(value)

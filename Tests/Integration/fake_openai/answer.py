# SPDX-License-Identifier: Apache-2.0
"""A response that is ready to be written."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    # A body in pieces is sent chunked, one whole with its length.
    pieces: list[bytes]
    is_stream: bool = False
    usage: dict[str, Any] | None = field(default=None)

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


def of_json(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    # OpenAI indents its whole answers by two spaces; what forwards them must not care.
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return Answer(status, [("Content-Type", "application/json"), *headers], [text.encode()])


def of_events(events: list[bytes]) -> Answer:
    return Answer(200, [("Content-Type", "text/event-stream; charset=utf-8")], events, True)


def event(value: Any, line_ending: bytes) -> bytes:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return b"data: " + text.encode() + line_ending * 2

# SPDX-License-Identifier: Apache-2.0
"""A response that is ready to be written."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .failure import ProviderError
from .plan import Plan
from .received import Received


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

    def finish(
        self, request: Received, plan: Plan, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """What the plan changes in every answer, and the provider's own headers."""
        if plan.body is not None:
            self.pieces = [plan.body]
        own = {name.lower() for name, _ in (*self.headers, *plan.headers)}
        self.headers += [header for header in headers if header[0].lower() not in own]
        self.headers += plan.headers
        if plan.gzip:
            self.pieces = [gzip.compress(self.body, mtime=0)]
            self.headers.append(("Content-Encoding", "gzip"))


def of_json(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    # OpenAI indents its whole answers by two spaces; what forwards them must not care.
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return Answer(status, [("Content-Type", "application/json"), *headers], [text.encode()])


def of_error(error: ProviderError) -> Answer:
    return of_json(error.body, error.status, error.headers)


def of_events(events: list[bytes]) -> Answer:
    return Answer(200, [("Content-Type", "text/event-stream; charset=utf-8")], events, True)


def event(value: Any, line_ending: bytes) -> bytes:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return b"data: " + text.encode() + line_ending * 2

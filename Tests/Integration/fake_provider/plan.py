# SPDX-License-Identifier: Apache-2.0
"""What the fake is to answer to the next request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .failure import ProviderError
from .gate import Gate
from .splits import Split


@dataclass(frozen=True)
class ToolCall:
    name: str
    arguments: str
    id: str = "call_abc123"


class Cut(Enum):
    """How a connection ends before its answer does."""

    RESET = "reset"
    CLOSE = "close"


@dataclass
class Plan:
    """Numbered tokens by default, `t0 t1 t2 …`, so that a lost or doubled one shows."""

    tokens: int | Sequence[str] = 5
    tool_calls: Sequence[ToolCall] = ()
    refusal: str | None = None
    finish_reason: str | None = None
    # Members that are added to the reported usage (details), or that replace its own.
    usage: Mapping[str, Any] = field(default_factory=dict)
    reports_usage: bool = True

    error: ProviderError | None = None
    headers: Sequence[tuple[str, str]] = ()
    # Whatever the request accepts: some do.
    gzip: bool = False
    # Replaces the JSON or the event stream that would have been made.
    body: bytes | None = None
    # The whole response as it goes onto the wire, status line included.
    raw: bytes | None = None

    # Streams only.
    leading_events: Sequence[Mapping[str, Any]] = ()
    line_ending: bytes = b"\n"
    # An error event takes the place of the token with this number, and of all that follow.
    error_event_after: int | None = None
    ends_with_done: bool = True

    # A permit for the head, then one for each piece.
    gate: Gate | None = None
    # The body is sent in these pieces, each only when the peer has read the one before.
    split: Split | None = None
    # True: `split` cuts the chunked encoding itself, chunk-size lines included.
    splits_wire: bool = False
    # Bytes of the body after which the connection ends.
    cut_after: int | None = None
    cut: Cut = Cut.RESET

    def texts(self) -> list[str]:
        if not isinstance(self.tokens, int):
            return list(self.tokens)
        return [f"t{number}" if number == 0 else f" t{number}" for number in range(self.tokens)]

# SPDX-License-Identifier: Apache-2.0
"""What reached the fake, byte for byte, and how it ended."""

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Received:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    # Which of the fake's connections, counted from 0.
    connection: int
    # Peer's address: (host, port).
    peer: tuple[str, int]
    usage: dict[str, Any] | None = None
    # Bytes of the response's body as made; sent in full only if nothing cut it.
    response_body: bytes = b""
    # Set when the response has been written.
    finished: threading.Event = field(default_factory=threading.Event)
    # Set when the peer went away before that; the time is `time.monotonic()`.
    aborted: threading.Event = field(default_factory=threading.Event)
    aborted_at: float | None = None

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """The value, or several joined; None when absent."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def media_type(self) -> str:
        """In lower case, without parameters; empty when absent."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    def strict_json(self) -> Any:
        """As providers read it: ValueError for what is not UTF-8, no JSON, or has a member twice."""
        text = self.body.decode("utf-8", "strict")
        return json.loads(text, object_pairs_hook=_no_duplicates)

    def mark_aborted(self) -> None:
        self.aborted_at = time.monotonic()
        self.aborted.set()


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"duplicate member in {sorted(names)}")
    return dict(pairs)


class Recorder:
    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._requests: list[Received] = []

    def add(self, request: Received) -> None:
        with self._condition:
            self._requests.append(request)
            self._condition.notify_all()

    def clear(self) -> None:
        with self._condition:
            self._requests.clear()

    def all(self) -> list[Received]:
        with self._condition:
            return list(self._requests)

    def wait(self, count: int, timeout: float = 10) -> list[Received]:
        """The requests, once there are `count` of them."""
        with self._condition:
            if not self._condition.wait_for(lambda: len(self._requests) >= count, timeout):
                raise AssertionError(
                    f"the upstream got {len(self._requests)} requests, expected {count}"
                )
            return list(self._requests)

# SPDX-License-Identifier: Apache-2.0
"""Streams: some of the servers write no space behind `data:`."""

import json
from typing import Any

from fake_provider import Answer, Plan


def event(value: Any, plan: Plan, has_space: bool) -> bytes:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return (b"data: " if has_space else b"data:") + text.encode() + plan.line_ending * 2


def stream(events: list[bytes]) -> Answer:
    return Answer(200, [("Content-Type", "text/event-stream")], events, True)


def record(value: Any, *headers: tuple[str, str]) -> Answer:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Answer(200, [("Content-Type", "application/json"), *headers], [text.encode()])

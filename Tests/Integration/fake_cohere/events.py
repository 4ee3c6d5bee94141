# SPDX-License-Identifier: Apache-2.0
"""Cohere's two ways to write a stream: events with names, and a JSON object on each line."""

import json
from typing import Any

from fake_provider import Answer, Plan


def text(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def named(value: dict[str, Any], name: str, line_ending: bytes) -> bytes:
    return b"event: " + name.encode() + line_ending + b"data: " + text(value) + line_ending * 2


def of_v2(values: list[dict[str, Any]], plan: Plan) -> Answer:
    events = [named(value, value["type"], plan.line_ending) for value in values]
    if plan.ends_with_done:
        events.append(b"data: [DONE]" + plan.line_ending * 2)
    return Answer(200, [("Content-Type", "text/event-stream")], events, True)


def of_v1(values: list[dict[str, Any]], plan: Plan, accepts: str) -> Answer:
    """Lines, unless the request accepts events."""
    if "text/event-stream" in accepts:
        events = [named(value, value["event_type"], plan.line_ending) for value in values]
        return Answer(200, [("Content-Type", "text/event-stream")], events, True)
    lines = [text(value) + b"\n" for value in values]
    return Answer(200, [("Content-Type", "application/stream+json")], lines, True)

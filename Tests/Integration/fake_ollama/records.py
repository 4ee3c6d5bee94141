# SPDX-License-Identifier: Apache-2.0
"""Records of an answer: one, or a line each."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from fake_provider import Answer, Plan

from . import errors

CREATED_AT = "2026-11-26T09:15:24.123456789Z"


def respond(
    body: dict[str, Any],
    plan: Plan,
    pieces: Iterable[dict[str, Any]],
    whole: dict[str, Any],
    empty: dict[str, Any],
    metrics: dict[str, Any],
) -> Answer:
    """Streams unless told not to: that is the default here."""
    reported = metrics | dict(plan.usage) if plan.reports_usage else _without_counts(metrics)
    end = {"done": True, "done_reason": plan.finish_reason or "stop", **reported}
    head = {"model": body["model"], "created_at": CREATED_AT}
    if body.get("stream") is False:
        text = json.dumps(head | whole | end, separators=(",", ":"), ensure_ascii=False)
        result = Answer(200, [("Content-Type", "application/json; charset=utf-8")], [text.encode()])
    else:
        lines = _lines(head, plan, pieces, empty | end)
        result = Answer(200, [("Content-Type", "application/x-ndjson")], lines, True)
    result.usage = {
        "prompt_tokens": reported.get("prompt_eval_count", 0),
        "completion_tokens": reported.get("eval_count", 0),
    }
    return result


def _lines(
    head: dict[str, Any], plan: Plan, pieces: Iterable[dict[str, Any]], end: dict[str, Any]
) -> list[bytes]:
    line = _line(plan.line_ending)
    lines = [line(dict(leading)) for leading in plan.leading_events]
    for number, piece in enumerate(pieces):
        if number == plan.error_event_after:
            return [*lines, line({"error": errors.out_of_memory().body["error"]})]
        lines.append(line(head | piece | {"done": False}))
    # A server that ends without its last record was stopped.
    return [*lines, line(head | end)] if plan.ends_with_done else lines


def _line(ending: bytes) -> Callable[[dict[str, Any]], bytes]:
    def write(value: dict[str, Any]) -> bytes:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        return text.encode() + ending

    return write


def _without_counts(metrics: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metrics.items() if not name.endswith("_count")}

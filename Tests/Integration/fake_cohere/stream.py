# SPDX-License-Identifier: Apache-2.0
"""The events of a streamed v2 answer."""

from typing import Any

from fake_provider import Plan, ToolCall

from . import said


def events(body: dict[str, Any], plan: Plan) -> list[dict[str, Any]]:
    start = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    values: list[dict[str, Any]] = [*map(dict, plan.leading_events)]
    values.append({"id": said.ID, "type": "message-start", "delta": {"message": start}})
    blocks = 0
    if thoughts := said.thoughts(body):
        values += _block(0, "thinking", thoughts)
        blocks = 1
    spoken = [_message("tool-plan-delta", {"tool_plan": text}) for text in said.texts(plan)]
    if not plan.tool_calls:
        spoken = _block(blocks, "text", said.texts(plan))
    if plan.error_event_after is not None:
        # The events of so many tokens, and for a text the one that opens it.
        values += spoken[: plan.error_event_after + (0 if plan.tool_calls else 1)]
        return [*values, _end(body, plan, "ERROR", "internal server error")]
    values += spoken
    for index, call in enumerate(plan.tool_calls):
        values += _call_events(index, call)
    if body.get("documents") and not plan.tool_calls:
        values.append(_message("citation-start", {"citations": said.citation()}, 0))
        values.append({"type": "citation-end", "index": 0})
    return [*values, _end(body, plan, said.reason(plan))]


def _message(kind: str, message: dict[str, Any], index: int | None = None) -> dict[str, Any]:
    value: dict[str, Any] = {"type": kind}
    if index is not None:
        value["index"] = index
    value["delta"] = {"message": message}
    return value


def _block(index: int, kind: str, texts: list[str]) -> list[dict[str, Any]]:
    first = _message("content-start", {"content": {"type": kind, kind: ""}}, index)
    deltas = [_message("content-delta", {"content": {kind: text}}, index) for text in texts]
    return [first, *deltas, {"type": "content-end", "index": index}]


def _call_events(index: int, call: ToolCall) -> list[dict[str, Any]]:
    values = [_message("tool-call-start", {"tool_calls": said.call_of(call, "")}, index)]
    for start in range(0, len(call.arguments), 4):
        piece = {"function": {"arguments": call.arguments[start : start + 4]}}
        values.append(_message("tool-call-delta", {"tool_calls": piece}, index))
    return [*values, {"type": "tool-call-end", "index": index}]


def _end(body: dict[str, Any], plan: Plan, reason: str, error: str | None = None) -> dict[str, Any]:
    delta: dict[str, Any] = {"finish_reason": reason}
    if error is not None:
        delta["error"] = error
    if plan.reports_usage:
        delta["usage"] = said.used(body, plan)
    return {"type": "message-end", "delta": delta}

# SPDX-License-Identifier: Apache-2.0
"""POST /model/{id}/converse and /model/{id}/converse-stream."""

import json
from typing import Any

from fake_provider import Answer, Plan, ToolCall

from . import conversation, frames, models, shapes, usage

# Plans of tests that know no provider speak OpenAI's words.
_STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "content_filtered",
}


def respond(model: str, body: dict[str, Any], plan: Plan, stream: "Exceptions | None") -> Answer:
    """`stream` is what goes wrong in a stream; None: the answer is whole."""
    shapes.check_body("Converse" if stream is None else "ConverseStream", body)
    known = models.chat(model)
    conversation.check(body, known)
    models.check_fields(known, body)
    plan = _with_forced_tool(body, plan)
    return _whole(body, plan) if stream is None else _stream(body, plan, stream)


class Exceptions:
    """What the service sends in a stream in place of further events."""

    def __init__(self, message: bytes | None = None) -> None:
        self.message = message or frames.exception(
            "modelStreamErrorException",
            {
                "message": "The model had an error while it generated.",
                "originalStatusCode": 500,
            },
        )


def _with_forced_tool(body: dict[str, Any], plan: Plan) -> Plan:
    config = body.get("toolConfig") or {}
    choice = config.get("toolChoice") or {}
    if plan.tool_calls or not {"any", "tool"} & set(choice):
        return plan
    name = config["tools"][0]["toolSpec"]["name"]
    if "tool" in choice:
        name = choice["tool"]["name"]
    plan.tool_calls = [ToolCall(name, '{"value":"t0 t1"}')]
    return plan


def _stop_reason(plan: Plan) -> str:
    if plan.finish_reason:
        return _STOP_REASONS.get(plan.finish_reason, plan.finish_reason)
    if plan.refusal:
        return "guardrail_intervened"
    return "tool_use" if plan.tool_calls else "end_turn"


def _usage(body: dict[str, Any], plan: Plan) -> dict[str, Any]:
    count = sum(len(call.arguments) for call in plan.tool_calls) or len(plan.texts())
    return usage.record(usage.of_request(body), count, dict(plan.usage))


def _texts(plan: Plan) -> list[str]:
    if plan.refusal:
        return [plan.refusal]
    return [] if plan.tool_calls else plan.texts()


def _whole(body: dict[str, Any], plan: Plan) -> Answer:
    text = "".join(_texts(plan))
    content: list[dict[str, Any]] = [{"text": text}] if text else []
    for call in plan.tool_calls:
        use = {"toolUseId": call.id, "name": call.name, "input": json.loads(call.arguments or "{}")}
        content.append({"toolUse": use})
    value: dict[str, Any] = {
        "metrics": {"latencyMs": 551},
        "output": {"message": {"content": content, "role": "assistant"}},
        "stopReason": _stop_reason(plan),
    }
    reported = _usage(body, plan)
    if plan.reports_usage:
        value["usage"] = reported
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    result = Answer(200, [("Content-Type", "application/json")], [text.encode()])
    result.usage = reported if plan.reports_usage else None
    return result


def _stream(body: dict[str, Any], plan: Plan, failing: Exceptions) -> Answer:
    events = [_event(*item) for one in plan.leading_events for item in one.items()]
    events.append(_event("messageStart", {"role": "assistant"}))
    deltas = _deltas(plan)
    if plan.error_event_after is None:
        events += [event for _, event in deltas] + _end(body, plan)
    else:
        for is_token, event in deltas:
            if is_token and plan.error_event_after == 0:
                break
            plan.error_event_after -= is_token
            events.append(event)
        events.append(failing.message)
    headers = [("Content-Type", "application/vnd.amazon.eventstream")]
    result = Answer(200, headers, events, True)
    is_whole = plan.reports_usage and plan.error_event_after is None
    result.usage = _usage(body, plan) if is_whole else None
    return result


def _deltas(plan: Plan) -> list[tuple[bool, bytes]]:
    """The events of all blocks, each with whether it is a token. A block of text has no start."""
    events = []
    blocks = 0
    if texts := _texts(plan):
        for text in texts:
            events.append((True, _delta(blocks, {"text": text})))
        events.append((False, _event("contentBlockStop", {"contentBlockIndex": blocks})))
        blocks += 1
    for call in plan.tool_calls:
        start = {"toolUse": {"toolUseId": call.id, "name": call.name}}
        start_event = {"contentBlockIndex": blocks, "start": start}
        events.append((False, _event("contentBlockStart", start_event)))
        for begin in range(0, len(call.arguments), 4):
            piece = {"toolUse": {"input": call.arguments[begin : begin + 4]}}
            events.append((True, _delta(blocks, piece)))
        events.append((False, _event("contentBlockStop", {"contentBlockIndex": blocks})))
        blocks += 1
    return events


def _end(body: dict[str, Any], plan: Plan) -> list[bytes]:
    if not plan.ends_with_done:
        return []
    events = [_event("messageStop", {"stopReason": _stop_reason(plan)})]
    metadata: dict[str, Any] = {"metrics": {"latencyMs": 551}}
    if plan.reports_usage:
        metadata["usage"] = _usage(body, plan)
    return [*events, _event("metadata", metadata)]


def _delta(block: int, delta: dict[str, Any]) -> bytes:
    return _event("contentBlockDelta", {"contentBlockIndex": block, "delta": delta})


def _event(name: str, value: dict[str, Any]) -> bytes:
    # The service pads its events, so that their sizes tell nothing of the text.
    return frames.event(name, value | {"p": "abcdefghijklmnopq"[: len(str(value)) % 17]})

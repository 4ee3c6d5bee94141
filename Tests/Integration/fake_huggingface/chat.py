# SPDX-License-Identifier: Apache-2.0
"""POST /v1/chat/completions, of the router and of Text Generation Inference."""

from typing import Any

from fake_openai import usage
from fake_provider import Answer, Plan, ToolCall

from . import errors, events, generation, members, models

_ROLES = ("system", "user", "assistant", "tool")


def respond(body: dict[str, Any], plan: Plan, is_server: bool, has_space: bool) -> Answer:
    members.check(body, members.CHAT)
    messages = body.get("messages")
    if not messages:
        raise errors.not_understood("missing field `messages`")
    for message in messages:
        _check_message(message, is_server)
    if is_server:
        members.check_grammar(body.get("response_format"))
    elif body.get("model", "").partition(":")[0] not in models.CHAT:
        raise errors.model_not_found(str(body.get("model")))
    _check_tools(body)
    plan = _with_forced_tool(body, plan)
    if body.get("stream"):
        return _stream(body, plan, has_space)
    return _whole(body, plan)


def _check_message(message: Any, is_server: bool) -> None:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise errors.APIError(422, "Template error: unknown role", "template_error")
    content = message.get("content")
    if content is None and not message.get("tool_calls"):
        raise errors.not_understood("data did not match any variant of untagged enum MessageBody")
    for part in content if isinstance(content, list) else ():
        if part.get("type") not in ("text", "image_url"):
            raise errors.not_understood(f"unknown variant `{part.get('type')}`")


def _check_tools(body: dict[str, Any]) -> None:
    for tool in body.get("tools") or []:
        function = tool.get("function") or {}
        if tool.get("type") != "function" or not function.get("name"):
            raise errors.not_understood("missing field `function`")
        if "parameters" not in function and "arguments" not in function:
            raise errors.not_understood("missing field `arguments`")


def _with_forced_tool(body: dict[str, Any], plan: Plan) -> Plan:
    choice = body.get("tool_choice")
    if plan.tool_calls or choice in (None, "auto", "none"):
        return plan
    tools = body.get("tools") or []
    names = [tool["function"]["name"] for tool in tools]
    name = choice["function"]["name"] if isinstance(choice, dict) else names[0]
    if name not in names:
        raise errors.validation(f"Tool with name {name} not found")
    plan.tool_calls = [ToolCall(name, '{"value":"t0 t1"}')]
    return plan


def _reason(plan: Plan) -> str:
    return plan.finish_reason or ("tool_calls" if plan.tool_calls else "eos_token")


def _usage(body: dict[str, Any], plan: Plan) -> dict[str, Any]:
    prompt = usage.of_messages(body["messages"])
    count = sum(len(call.arguments) for call in plan.tool_calls) or len(plan.texts())
    return {
        "prompt_tokens": prompt,
        "completion_tokens": count,
        "total_tokens": prompt + count,
    } | dict(plan.usage)


def _base(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        "object": kind,
        # As the server writes it.
        "id": "",
        "created": models.CREATED,
        "model": body.get("model") or "tgi",
        "system_fingerprint": "3.3.6-sha-fake",
    }


def _call(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"description": None, "name": call.name, "arguments": call.arguments},
    }


def _whole(body: dict[str, Any], plan: Plan) -> Answer:
    message: dict[str, Any] = {"role": "assistant"}
    if plan.tool_calls:
        message["tool_calls"] = [_call(call) for call in plan.tool_calls]
    else:
        message["content"] = "".join(plan.texts())
    value = _base(body, "chat.completion")
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _reason(plan)}
    value["choices"] = [choice]
    reported = _usage(body, plan)
    if plan.reports_usage:
        value["usage"] = reported
    result = events.record(value)
    result.usage = reported if plan.reports_usage else None
    return result


def _stream(body: dict[str, Any], plan: Plan, has_space: bool) -> Answer:
    base = _base(body, "chat.completion.chunk")
    lines = [events.event(leading, plan, has_space) for leading in plan.leading_events]

    def chunk(delta: dict[str, Any], reason: str | None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return events.event(base | {"choices": [choice], "usage": None}, plan, has_space)

    for number, delta in enumerate(_deltas(plan)):
        if number == plan.error_event_after:
            lines.append(events.event(errors.generation().body, plan, has_space))
            return events.stream(lines)
        lines.append(chunk({"role": "assistant", **delta}, None))
    lines.append(chunk({"role": "assistant", "content": ""}, _reason(plan)))
    reports = (body.get("stream_options") or {}).get("include_usage") and plan.reports_usage
    if reports:
        value = base | {"choices": [], "usage": _usage(body, plan)}
        lines.append(events.event(value, plan, has_space))
    if plan.ends_with_done:
        lines.append((b"data: " if has_space else b"data:") + b"[DONE]" + plan.line_ending * 2)
    result = events.stream(lines)
    result.usage = _usage(body, plan) if reports else None
    return result


def _deltas(plan: Plan) -> list[dict[str, Any]]:
    if not plan.tool_calls:
        return [{"content": text} for text in plan.texts()]
    deltas = []
    for index, call in enumerate(plan.tool_calls):
        pieces = [call.arguments[at : at + 4] for at in range(0, len(call.arguments), 4)] or [""]
        for number, piece in enumerate(pieces):
            first = number == 0
            function = {"name": call.name if first else None, "arguments": piece}
            delta = {
                "index": index,
                "id": call.id if first else "",
                "type": "function",
                "function": function,
            }
            deltas.append({"tool_calls": [delta]})
    return deltas


def completion(body: dict[str, Any], plan: Plan, has_space: bool) -> Answer:
    """POST /v1/completions, of the server."""
    members.check(body, members.COMPLETION)
    prompt = body.get("prompt")
    if not prompt:
        raise errors.not_understood("missing field `prompt`")
    text = prompt if isinstance(prompt, str) else "".join(prompt)
    counts = {"prompt_tokens": generation.tokens(text), "completion_tokens": len(plan.texts())}
    counts["total_tokens"] = sum(counts.values())

    def value(text: str, reason: str) -> dict[str, Any]:
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": reason}
        return _base(body, "text_completion") | {"choices": [choice]}

    if not body.get("stream"):
        result = events.record(
            value("".join(plan.texts()), generation.reason(plan)) | {"usage": counts}
        )
        result.usage = counts
        return result
    # The server has no null here: a text without a reason has an empty one.
    lines = [events.event(value(text, ""), plan, has_space) for text in plan.texts()]
    last = value("", generation.reason(plan)) | {"usage": counts}
    lines.append(events.event(last, plan, has_space))
    lines.append((b"data: " if has_space else b"data:") + b"[DONE]" + plan.line_ending * 2)
    result = events.stream(lines)
    result.usage = counts
    return result

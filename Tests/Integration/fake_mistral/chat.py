# SPDX-License-Identifier: Apache-2.0
"""POST /v1/chat/completions."""

import re
from typing import Any

from fake_provider import Answer, Plan, ToolCall, answer

from . import errors, messages, models, parameters, usage
from .parameters import Table, check_value

_FORMAT: Table = {"type": (str,), "json_schema": (dict,)}
_SCHEMA: Table = {"name": (str,), "schema": (dict,), "description": (str,), "strict": (bool,)}
_TOOL: Table = {"type": (str,), "function": (dict,)}
_FUNCTION: Table = {
    "name": (str,),
    "description": (str,),
    "parameters": (dict,),
    "strict": (bool,),
}
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def respond(body: dict[str, Any], plan: Plan) -> Answer:
    parameters.check(body, parameters.CHAT, (), ("model", "messages"))
    if body["model"] not in models.CHAT:
        raise errors.invalid_model(body["model"])
    messages.check(body["messages"])
    _check_tools(body)
    _check_format(body.get("response_format"))
    _check_values(body)
    plan = _with_forced_tool(body, plan)
    return _stream(body, plan) if body.get("stream") else _whole(body, plan)


def _check_tools(body: dict[str, Any]) -> None:
    for index, tool in enumerate(body.get("tools") or []):
        place: parameters.Place = ("tools", index)
        parameters.check(tool, _TOOL, place, ("function",))
        function = tool["function"]
        parameters.check(function, _FUNCTION, (*place, "function"), ("name", "parameters"))
        if not _NAME.fullmatch(function["name"]):
            raise errors.APIError(
                400,
                f"Function name was {function['name']} but must be a-z, A-Z, 0-9, or contain "
                "underscores and dashes, with a maximum length of 64.",
                type="invalid_request_tool",
                code="3220",
            )
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        parameters.check(choice, _TOOL, ("tool_choice",), ("function",))
        parameters.check(choice["function"], {"name": (str,)}, ("tool_choice",), ("name",))
    else:
        check_value(choice, ("auto", "none", "any", "required"), ("tool_choice",))


def _check_format(wanted: Any) -> None:
    if wanted is None:
        return
    parameters.check(wanted, _FORMAT, ("response_format",))
    kinds = ("text", "json_object", "json_schema")
    check_value(wanted.get("type"), kinds, ("response_format", "type"))
    schema = wanted.get("json_schema")
    if wanted.get("type") == "json_schema" or schema is not None:
        place: parameters.Place = ("response_format", "json_schema")
        parameters.check(schema, _SCHEMA, place, ("name", "schema"))


def _check_values(body: dict[str, Any]) -> None:
    efforts = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
    check_value(body.get("reasoning_effort"), efforts, ("reasoning_effort",))
    check_value(body.get("service_tier"), ("auto", "standard_only"), ("service_tier",))
    check_value(body.get("prompt_mode"), ("reasoning",), ("prompt_mode",))
    for name, most in (("temperature", 1.5), ("top_p", 1)):
        value = body.get(name)
        if value is not None and not 0 <= value <= most:
            raise errors.FieldError(
                "less_than_equal", (name,), f"Input should be less than or equal to {most}", value
            )


def _with_forced_tool(body: dict[str, Any], plan: Plan) -> Plan:
    choice = body.get("tool_choice")
    if plan.tool_calls or choice in (None, "auto", "none") or not body.get("tools"):
        return plan
    name = body["tools"][0]["function"]["name"]
    if isinstance(choice, dict):
        name = choice["function"]["name"]
    plan.tool_calls = [ToolCall(name, '{"value":"t0 t1"}', "V2bduoFbR")]
    return plan


# MARK: - Answers


def _base(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        "id": "c5ac0cb2a3f847fa8d0f5c1be2a9d714",
        "object": kind,
        "created": models.CREATED,
        "model": body["model"],
    }


def _usage(body: dict[str, Any], plan: Plan) -> dict[str, Any]:
    count = sum(len(call.arguments) for call in plan.tool_calls) or len(plan.texts())
    choices = body.get("n") or 1
    return usage.record(usage.of_messages(body["messages"]), count * choices) | dict(plan.usage)


def _reason(plan: Plan) -> str:
    return plan.finish_reason or ("tool_calls" if plan.tool_calls else "stop")


def _texts(plan: Plan) -> list[str]:
    """A refusal is a text as any other here."""
    if plan.refusal:
        return [plan.refusal]
    return [] if plan.tool_calls else plan.texts()


def _call(call: ToolCall, index: int) -> dict[str, Any]:
    # There is no `type`.
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "function": function, "index": index}


def _thoughts(body: dict[str, Any]) -> list[str]:
    return ["Numbers", " it is."] if body["model"] in models.REASONING else []


def _thinking(text: str, closed: bool) -> dict[str, Any]:
    return {
        "type": "thinking",
        "thinking": [{"type": "text", "text": text}],
        "closed": closed,
    }


def _whole(body: dict[str, Any], plan: Plan) -> Answer:
    content: Any = "".join(_texts(plan))
    if thoughts := _thoughts(body):
        text = {"type": "text", "text": content}
        content = [_thinking("".join(thoughts), True), *([text] if content else [])]
    calls = [_call(call, index) for index, call in enumerate(plan.tool_calls)]
    message = {"role": "assistant", "tool_calls": calls or None, "content": content}
    value = _base(body, "chat.completion")
    value["choices"] = [
        {"index": index, "finish_reason": _reason(plan), "message": message}
        for index in range(body.get("n") or 1)
    ]
    reported = _usage(body, plan)
    if plan.reports_usage:
        value["usage"] = reported
    result = answer.of_json(value)
    result.usage = reported if plan.reports_usage else None
    return result


def _stream(body: dict[str, Any], plan: Plan) -> Answer:
    values = [dict(value) for value in plan.leading_events]
    choices = range(body.get("n") or 1)

    def chunk(delta: dict[str, Any], reason: str | None = None) -> None:
        for index in choices:
            choice = {"index": index, "delta": delta, "finish_reason": reason}
            values.append(_base(body, "chat.completion.chunk") | {"choices": [choice]})

    chunk({"role": "assistant", "content": ""})
    thoughts = _thoughts(body)
    for number, text in enumerate(thoughts):
        chunk({"content": [_thinking(text, number == len(thoughts) - 1)]})
    for number, text in enumerate(_texts(plan)):
        if number == plan.error_event_after:
            values.append(errors.server_error().body)
            return _events(values, plan, None)
        chunk({"content": text})
    # Calls come whole, all in the last chunk.
    calls = [_call(call, index) for index, call in enumerate(plan.tool_calls)]
    chunk({"content": "", "tool_calls": calls} if calls else {"content": ""}, _reason(plan))
    reported = _usage(body, plan) if plan.reports_usage else None
    if reported is not None:
        values[-1]["usage"] = reported
    return _events(values, plan, reported)


def _events(values: list[Any], plan: Plan, reported: dict[str, Any] | None) -> Answer:
    events = [answer.event(value, plan.line_ending) for value in values]
    if plan.ends_with_done and plan.error_event_after is None:
        events.append(b"data: [DONE]" + plan.line_ending * 2)
    result = answer.of_events(events)
    result.usage = reported
    return result

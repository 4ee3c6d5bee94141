# SPDX-License-Identifier: Apache-2.0
"""POST /api/chat."""

import json
from typing import Any

from fake_provider import Answer, Plan, ToolCall

from . import errors, members, models, records, usage
from .formats import check_format, check_thinking


def respond(body: dict[str, Any], plan: Plan, gives_ids: bool) -> Answer:
    members.check(body, members.CHAT, "ChatRequest")
    for message in body.get("messages") or []:
        _check_message(message)
    for tool in body.get("tools") or []:
        _check_tool(tool)
    model = models.base(body["model"])
    if body.get("tools") and not models.can(model, "tools"):
        raise errors.cannot(model, "tools")
    if not models.can(model, "completion"):
        raise errors.APIError(400, f'"{model}" does not support chat')
    members.check_options(body.get("options"))
    check_thinking(body)
    check_format(body.get("format"))
    thinks = bool(body.get("think"))
    messages = body.get("messages") or []
    texts = plan.texts()
    count = sum(1 + len(call.arguments) // 4 for call in plan.tool_calls) or len(texts)
    metrics = usage.metrics(usage.of_messages(messages), count + (2 if thinks else 0))
    pieces = [{"message": message} for message in _messages(plan, thinks, gives_ids)]
    return records.respond(
        body, plan, pieces, {"message": _whole(plan, thinks, gives_ids)}, _said(""), metrics
    )


def _said(content: str) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": content}}


def _messages(plan: Plan, thinks: bool, gives_ids: bool) -> list[dict[str, Any]]:
    thoughts = ["Hm,", " numbers."] if thinks else []
    messages: list[dict[str, Any]] = [
        {"role": "assistant", "content": "", "thinking": text} for text in thoughts
    ]
    if plan.tool_calls:
        # Each call comes whole, in a record of its own.
        return messages + [
            {"role": "assistant", "content": "", "tool_calls": [_call(number, call, gives_ids)]}
            for number, call in enumerate(plan.tool_calls)
        ]
    return messages + [{"role": "assistant", "content": text} for text in plan.texts()]


def _whole(plan: Plan, thinks: bool, gives_ids: bool) -> dict[str, Any]:
    content = "" if plan.tool_calls else "".join(plan.texts())
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if thinks:
        message["thinking"] = "Hm, numbers."
    if plan.tool_calls:
        message["tool_calls"] = [
            _call(number, call, gives_ids) for number, call in enumerate(plan.tool_calls)
        ]
    return message


def _call(number: int, call: ToolCall, gives_ids: bool) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.loads(call.arguments)}
    if not gives_ids:
        return {"function": function}
    return {"id": call.id, "function": {"index": number, **function}}


def _check_message(message: Any) -> None:
    if not isinstance(message, dict):
        raise errors.wrong_type("string", "ChatRequest.messages", "api.Message")
    members.check(message, members.MESSAGE, "ChatRequest.messages")
    if message.get("role") not in ("system", "user", "assistant", "tool"):
        raise errors.APIError(400, f"invalid role: {message.get('role')!r}")
    members.check_images(message.get("images"), "ChatRequest.messages")
    for call in message.get("tool_calls") or []:
        arguments = call.get("function", {}).get("arguments")
        if not isinstance(arguments, dict):
            raise errors.wrong_type(
                "string" if isinstance(arguments, str) else "array",
                "ToolCallFunction.messages.tool_calls.function.arguments",
                "api.ToolCallFunctionArguments",
            )


def _check_tool(tool: Any) -> None:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise errors.wrong_type("string", "ChatRequest.tools", "api.Tool")
    parameters = function.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        raise errors.wrong_type(
            "array", "ToolFunction.tools.function.parameters", "api.ToolFunctionParameters"
        )

# SPDX-License-Identifier: Apache-2.0
"""POST /v2/chat."""

from typing import Any

from fake_provider import Answer, Plan, ToolCall, answer

from . import errors, events, messages, models, parameters, said, stream

PAGE = "chat"


def respond(body: dict[str, Any], plan: Plan) -> Answer:
    parameters.check(body, parameters.CHAT, PAGE, ("model", "messages"))
    if body["model"] not in models.CHAT:
        raise errors.model_not_found(body["model"])
    messages.check(body, PAGE)
    _check_tools(body)
    _check_format(body)
    _check_thinking(body)
    plan = _with_required_tool(body, plan)
    if not body.get("stream"):
        return _whole(body, plan)
    result = events.of_v2(stream.events(body, plan), plan)
    result.usage = said.used(body, plan) if plan.reports_usage else None
    return result


def _check_tools(body: dict[str, Any]) -> None:
    for tool in body.get("tools") or []:
        parameters.check_names(tool, {"type": (str,), "function": (dict,)}, PAGE)
        function = tool.get("function") or {}
        known = {"name": (str,), "description": (str,), "parameters": (dict,)}
        parameters.check_names(function, known, PAGE)
        if tool.get("type") != "function" or not function.get("name"):
            raise errors.invalid("tools must have a type 'function' and a function with a name")
        if not isinstance(function.get("parameters"), dict):
            raise errors.invalid(f"parameters of tool '{function['name']}' are required")
        if body.get("strict_tools") and not function["parameters"].get("required"):
            raise errors.invalid("strict_tools needs at least one required parameter in each tool")
    for name in ("tool_choice", "strict_tools"):
        if body.get(name) is not None and not body.get("tools"):
            raise errors.invalid(f"{name} can only be specified with tools")
    if body.get("tool_choice") not in (None, "REQUIRED", "NONE"):
        raise errors.invalid("tool_choice must be one of 'REQUIRED' or 'NONE'")


def _check_format(body: dict[str, Any]) -> None:
    wanted = body.get("response_format")
    if wanted is None:
        return
    parameters.check_names(wanted, {"type": (str,), "json_schema": (dict,)}, PAGE)
    if wanted.get("type") not in ("text", "json_object"):
        raise errors.invalid("response_format.type must be one of 'text' or 'json_object'")
    if wanted["type"] == "json_object" and (body.get("tools") or body.get("documents")):
        raise errors.invalid("response_format is not supported with tools or documents")
    schema = wanted.get("json_schema")
    if schema is not None and (wanted["type"] == "text" or schema.get("type") != "object"):
        raise errors.invalid("response_format.json_schema must be a schema of type object")


def _check_thinking(body: dict[str, Any]) -> None:
    thinking = body.get("thinking")
    if thinking is None:
        return
    parameters.check_names(thinking, {"type": (str,), "token_budget": (int,)}, PAGE)
    if thinking.get("type") not in ("enabled", "disabled"):
        raise errors.invalid("thinking.type must be one of 'enabled' or 'disabled'")
    if thinking["type"] == "enabled" and body["model"] not in models.REASONING:
        raise errors.invalid(f"thinking is not supported by model '{body['model']}'")


def _with_required_tool(body: dict[str, Any], plan: Plan) -> Plan:
    if not plan.tool_calls and body.get("tool_choice") == "REQUIRED":
        name = body["tools"][0]["function"]["name"]
        plan.tool_calls = [ToolCall(name, '{"value":"t0 t1"}', f"{name}_wk2mcfz0")]
    return plan


def _whole(body: dict[str, Any], plan: Plan) -> Answer:
    message: dict[str, Any] = {"role": "assistant"}
    content: list[dict[str, Any]] = []
    if thoughts := said.thoughts(body):
        content.append({"type": "thinking", "thinking": "".join(thoughts)})
    if plan.tool_calls:
        message["tool_plan"] = "".join(said.texts(plan))
        message["tool_calls"] = [said.call_of(call, call.arguments) for call in plan.tool_calls]
    else:
        content.append({"type": "text", "text": "".join(said.texts(plan))})
    if content:
        message["content"] = content
    if body.get("documents") and not plan.tool_calls:
        message["citations"] = [said.citation()]
    value = {"id": said.ID, "message": message, "finish_reason": said.reason(plan)}
    reported = said.used(body, plan) if plan.reports_usage else None
    if reported is not None:
        value["usage"] = reported
    result = answer.of_json(value)
    result.usage = reported
    return result

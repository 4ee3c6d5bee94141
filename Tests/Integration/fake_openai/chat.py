# SPDX-License-Identifier: Apache-2.0
"""POST /v1/chat/completions."""

from typing import Any

from fake_provider import Answer, Plan, ToolCall, answer

from . import errors, models, parameters, usage

_ROLES = ("developer", "system", "user", "assistant", "tool", "function")


def respond(body: dict[str, Any], plan: Plan) -> Answer:
    parameters.check(body, parameters.CHAT, ("model", "messages"))
    _check_model(body)
    _check_messages(body["messages"])
    _check_tools(body)
    plan = _with_forced_tool(body, plan)
    if body.get("stream"):
        return _Stream(body, plan).answer()
    return _whole(body, plan)


def _check_model(body: dict[str, Any]) -> None:
    model = body["model"]
    if model not in models.CHAT:
        raise errors.model_not_found(model)
    limits = ("max_tokens", "max_completion_tokens")
    if all(body.get(name) is not None for name in limits):
        raise errors.APIError(
            400,
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            param="max_tokens",
            code="invalid_parameter_combination",
        )
    if model not in models.REASONING:
        return
    if body.get("max_tokens") is not None:
        raise errors.APIError(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    if body.get("temperature") not in (None, 1):
        raise errors.APIError(
            400,
            f"Unsupported value: 'temperature' does not support {body['temperature']} with this "
            "model. Only the default (1) value is supported.",
            param="temperature",
            code="unsupported_value",
        )


def _check_messages(messages: list[Any]) -> None:
    if not messages:
        raise errors.APIError(
            400,
            "Invalid 'messages': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead.",
            param="messages",
            code="empty_array",
        )
    for index, message in enumerate(messages):
        place = f"messages[{index}]"
        if not isinstance(message, dict):
            raise errors.wrong_type(place, "an object", "another type")
        if "role" not in message:
            raise errors.missing_parameter(f"{place}.role")
        if message["role"] not in _ROLES:
            raise errors.wrong_value(f"{place}.role", f"Invalid value: '{message['role']}'.")
        content = message.get("content")
        if content is None and message["role"] in ("system", "developer", "user", "tool"):
            raise errors.wrong_type(f"{place}.content", "a string or an array", "null")
        if message["role"] == "tool" and not message.get("tool_call_id"):
            raise errors.missing_parameter(f"{place}.tool_call_id")


def _check_tools(body: dict[str, Any]) -> None:
    for index, tool in enumerate(body.get("tools") or []):
        if tool.get("type") != "function":
            raise errors.missing_parameter(f"tools[{index}].type")
        if not tool.get("function", {}).get("name"):
            raise errors.missing_parameter(f"tools[{index}].function.name")
    if body.get("tool_choice") is not None and not body.get("tools"):
        raise errors.APIError(
            400,
            "'tool_choice' is only allowed when 'tools' are specified.",
            param="tool_choice",
        )


def _with_forced_tool(body: dict[str, Any], plan: Plan) -> Plan:
    choice = body.get("tool_choice")
    if plan.tool_calls or choice in (None, "auto", "none"):
        return plan
    name = body["tools"][0]["function"]["name"]
    if isinstance(choice, dict):
        name = choice["function"]["name"]
    plan.tool_calls = [ToolCall(name, '{"value":"t0 t1"}')]
    return plan


def _base(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "object": kind,
        "created": models.CREATED,
        "model": models.SNAPSHOTS[body["model"]],
        "service_tier": "default",
        "system_fingerprint": "fp_34a54ae93c",
    }


def _finish_reason(plan: Plan) -> str:
    return plan.finish_reason or ("tool_calls" if plan.tool_calls else "stop")


def _usage(body: dict[str, Any], plan: Plan) -> dict[str, Any]:
    count = sum(len(call.arguments) for call in plan.tool_calls) or len(plan.texts())
    prompt = usage.of_messages(body["messages"])
    return usage.record(prompt, count * (body.get("n") or 1)) | dict(plan.usage)


def _whole(body: dict[str, Any], plan: Plan) -> Answer:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if plan.tool_calls or plan.refusal else "".join(plan.texts()),
        "refusal": plan.refusal,
        "annotations": [],
    }
    if plan.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in plan.tool_calls
        ]
    value = _base(body, "chat.completion")
    value["choices"] = [
        {
            "index": index,
            "message": message,
            "logprobs": None,
            "finish_reason": _finish_reason(plan),
        }
        for index in range(body.get("n") or 1)
    ]
    reported = _usage(body, plan)
    if plan.reports_usage:
        value["usage"] = reported
    result = answer.of_json(value)
    result.usage = reported if plan.reports_usage else None
    return result


class _Stream:
    """Events in OpenAI's exact shape: `usage` is there only when asked for, null until the last."""

    def __init__(self, body: dict[str, Any], plan: Plan) -> None:
        self.body = body
        self.plan = plan
        self.has_usage = parameters.stream_option(body, "include_usage", False)
        self.is_padded = parameters.stream_option(body, "include_obfuscation", True)
        self.events: list[bytes] = []

    def answer(self) -> Answer:
        for leading in self.plan.leading_events:
            self.events.append(answer.event(leading, self.plan.line_ending))
        if self._deltas():
            self._end()
        result = answer.of_events(self.events)
        result.usage = _usage(self.body, self.plan) if self._reports else None
        return result

    @property
    def _reports(self) -> bool:
        return self.has_usage and self.plan.reports_usage

    def _deltas(self) -> bool:
        """False when an error event ended them."""
        choices = range(self.body.get("n") or 1)
        for index in choices:
            self._chunk(index, {"role": "assistant", "content": "", "refusal": None})
        for number, delta in enumerate(self._all_deltas()):
            if number == self.plan.error_event_after:
                error = errors.server_error()
                self.events.append(answer.event(error.body, self.plan.line_ending))
                return False
            for index in choices:
                self._chunk(index, delta)
        for index in choices:
            self._chunk(index, {}, _finish_reason(self.plan))
        return True

    def _all_deltas(self) -> list[dict[str, Any]]:
        if self.plan.refusal:
            return [{"refusal": self.plan.refusal}]
        if self.plan.tool_calls:
            return [
                delta
                for index, call in enumerate(self.plan.tool_calls)
                for delta in _tool_deltas(index, call)
            ]
        return [{"content": text} for text in self.plan.texts()]

    def _end(self) -> None:
        if self._reports:
            value = _base(self.body, "chat.completion.chunk")
            value |= {"choices": [], "usage": _usage(self.body, self.plan)}
            self._append(value)
        if self.plan.ends_with_done:
            self.events.append(b"data: [DONE]" + self.plan.line_ending * 2)

    def _chunk(self, index: int, delta: dict[str, Any], reason: str | None = None) -> None:
        value = _base(self.body, "chat.completion.chunk")
        value["choices"] = [
            {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
        ]
        if self.has_usage:
            value["usage"] = None
        self._append(value)

    def _append(self, value: dict[str, Any]) -> None:
        if self.is_padded:
            value["obfuscation"] = "x" * (len(self.events) % 7)
        self.events.append(answer.event(value, self.plan.line_ending))


def _tool_deltas(index: int, call: ToolCall) -> list[dict[str, Any]]:
    first = {
        "index": index,
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": ""},
    }
    deltas: list[dict[str, Any]] = [{"tool_calls": [first]}]
    for start in range(0, len(call.arguments), 4):
        piece = {"index": index, "function": {"arguments": call.arguments[start : start + 4]}}
        deltas.append({"tool_calls": [piece]})
    return deltas

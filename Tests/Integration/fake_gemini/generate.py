# SPDX-License-Identifier: Apache-2.0
"""`generateContent` and `streamGenerateContent`."""

import json
from typing import Any

from fake_provider import Answer, Plan, ToolCall, answer

from . import errors, models, settings, tools, turns, usage

# Plans may speak OpenAI's words; this is what Gemini calls it.
_REASONS = {"length": "MAX_TOKENS", "stop": "STOP", "content_filter": "SAFETY"}


def respond(
    body: dict[str, Any], model: str, is_vertex: bool, stream: str | None, plan: Plan
) -> Answer:
    """`stream` is None, `sse` or `array`."""
    turns.check(body.get("contents") or [], model, is_vertex)
    if "systemInstruction" in body and not body["systemInstruction"].get("parts"):
        raise errors.invalid(
            "* GenerateContentRequest.system_instruction.parts: must not be empty.\n"
        )
    tools.check(body)
    settings.check(body, model)
    made = _Made(body, model, is_vertex, _with_forced_tool(body, plan))
    return made.whole() if stream is None else made.stream(stream)


def _with_forced_tool(body: dict[str, Any], plan: Plan) -> Plan:
    config = tools.config_of(body)
    if plan.tool_calls or config.get("mode") != "ANY":
        return plan
    names = config.get("allowedFunctionNames") or tools.names_of(body)
    plan.tool_calls = [ToolCall(names[0], '{"value":"t0 t1"}')]
    return plan


class _Made:
    def __init__(self, body: dict[str, Any], model: str, is_vertex: bool, plan: Plan) -> None:
        self.model = model
        self.is_vertex = is_vertex
        self.plan = plan
        self.count = int((body.get("generationConfig") or {}).get("candidateCount", 1))
        self.prompt = usage.of_prompt(body)

    # MARK: - The answers

    def whole(self) -> Answer:
        if self.plan.refusal:
            value = self._blocked()
        else:
            parts = self._calls() or [{"text": "".join(self.plan.texts())}]
            value = self._value([self._candidate(i, parts, True) for i in range(self.count)], True)
        result = answer.of_json(value)
        result.usage = value.get("usageMetadata")
        return result

    def stream(self, form: str) -> Answer:
        values = [dict(one) for one in self.plan.leading_events]
        values += [self._blocked()] if self.plan.refusal else self._pieces()
        pieces = _events(values, self.plan) if form == "sse" else _array(values)
        result = answer.of_events(pieces)
        if form == "array":
            result.headers = [("Content-Type", "application/json; charset=UTF-8")]
        result.usage = values[-1].get("usageMetadata") if values else None
        return result

    def _pieces(self) -> list[dict[str, Any]]:
        calls = self._calls()
        texts: list[list[dict[str, Any]]] = [[{"text": text}] for text in self.plan.texts()]
        steps = [calls] if calls else texts
        values: list[dict[str, Any]] = []
        for number, parts in enumerate(steps):
            if number == self.plan.error_event_after:
                return [*values, dict(errors.server_error().body)]
            values.append(self._all(parts, number + 1))
        # Gemini says in a piece of its own that it is over when it has nothing more to add.
        return [*values, self._all([{"text": ""}], None)]

    # MARK: - Their parts

    def _all(self, parts: list[dict[str, Any]], number: int | None) -> dict[str, Any]:
        is_last = number is None
        candidates = [self._candidate(i, parts, is_last) for i in range(self.count)]
        return self._value(candidates, is_last, number)

    def _calls(self) -> list[dict[str, Any]]:
        signs = models.signs_thoughts(self.model)
        parts: list[dict[str, Any]] = []
        for number, call in enumerate(self.plan.tool_calls):
            function: dict[str, Any] = {"name": call.name}
            if signs:
                function = {"id": call.id, **function}
            arguments = json.loads(call.arguments or "{}")
            if arguments:
                function["args"] = arguments
            part: dict[str, Any] = {"functionCall": function}
            if signs and number == 0:
                part["thoughtSignature"] = turns.signature(call.name)
            parts.append(part)
        return parts

    def _candidate(self, index: int, parts: list[Any], is_last: bool) -> dict[str, Any]:
        value: dict[str, Any] = {"content": {"parts": parts, "role": "model"}}
        if is_last:
            reason = self.plan.finish_reason or "STOP"
            value["finishReason"] = _REASONS.get(reason, reason)
            if value["finishReason"] == "MALFORMED_FUNCTION_CALL":
                value["content"] = {}
                value["finishMessage"] = "Malformed function call: print(default_api.look_up("
        # protobuf leaves out what is zero; Vertex does so too.
        return value | ({"index": index} if index else {})

    def _blocked(self) -> dict[str, Any]:
        feedback = {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": self.plan.refusal}
        value = self._value([], True, 0)
        del value["candidates"]
        return {"promptFeedback": feedback} | value

    def _value(
        self, candidates: list[Any], is_last: bool, number: int | None = None
    ) -> dict[str, Any]:
        value: dict[str, Any] = {"candidates": candidates}
        if self.plan.reports_usage:
            value["usageMetadata"] = self._usage(is_last, number)
        value["modelVersion"] = self.model
        if self.is_vertex:
            value["createTime"] = "2026-11-20T10:11:12.131415Z"
        return value | {"responseId": "mAITaLmbDPPlnsEP9pi5sQk"}

    def _usage(self, is_last: bool, number: int | None) -> dict[str, Any]:
        all_of_it = sum(len(call.arguments) for call in self.plan.tool_calls) or len(
            self.plan.texts()
        )
        so_far = all_of_it if number is None else min(number, all_of_it)
        candidates = so_far * self.count or None
        return usage.record(self.prompt, candidates, dict(self.plan.usage), is_last)


def _events(values: list[dict[str, Any]], plan: Plan) -> list[bytes]:
    return [answer.event(value, plan.line_ending) for value in values]


def _array(values: list[dict[str, Any]]) -> list[bytes]:
    """The array that comes without `alt=sse`, with Google's line breaks between its elements."""
    texts = [json.dumps(value, indent=2, ensure_ascii=False).encode() for value in values]
    return [(b"[" if i == 0 else b",\r\n") + text + b"\n" for i, text in enumerate(texts)] + [b"]"]

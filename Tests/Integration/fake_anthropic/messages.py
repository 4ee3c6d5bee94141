# SPDX-License-Identifier: Apache-2.0
"""POST /v1/messages and /v1/messages/count_tokens."""

import json
from dataclasses import dataclass
from typing import Any

from fake_provider import Answer, Plan, answer

from . import blocks, conversation, errors, models, parameters, stream, tools, usage

ID = "msg_01XFDUDYJgAACzvnptvVoYEL"
SIGNATURE = "EqoBCkgIARABGAIiQL2UoU0b1OHYi+ycHpBY7U6rpHfLGWGIh3R0V3bSjJTJ1l"


@dataclass(frozen=True)
class Said:
    """What a message consists of, before it is known whether it is streamed."""

    body: dict[str, Any]
    model: models.Model
    plan: Plan
    usage: dict[str, Any]

    @property
    def content(self) -> list[dict[str, Any]]:
        plan = self.plan
        content: list[dict[str, Any]] = []
        if parameters.thinks(self.body):
            content.append(self._thinking)
        if plan.refusal is not None:
            return content
        if plan.texts() and not (plan.tool_calls and isinstance(plan.tokens, int)):
            content.append({"type": "text", "text": "".join(plan.texts())})
        for call in plan.tool_calls:
            content.append(
                {
                    "type": "tool_use",
                    "id": call.id,
                    "name": call.name,
                    "input": json.loads(call.arguments or "{}"),
                    "caller": {"type": "direct"},
                }
            )
        return content

    @property
    def _thinking(self) -> dict[str, Any]:
        display = self.body["thinking"].get("display")
        is_shown = self.model.shows_thinking if display is None else display == "summarized"
        text = "".join(usage.THOUGHTS) if is_shown else ""
        return {"type": "thinking", "thinking": text, "signature": SIGNATURE}

    @property
    def stop(self) -> dict[str, Any]:
        plan = self.plan
        reason = plan.finish_reason or ("tool_use" if plan.tool_calls else "end_turn")
        details = None
        if plan.refusal is not None:
            reason = "refusal"
            details = {"type": "refusal", "category": "bio", "explanation": plan.refusal}
        sequences = self.body.get("stop_sequences")
        sequence = sequences[0] if reason == "stop_sequence" and sequences else None
        return {"stop_reason": reason, "stop_sequence": sequence, "stop_details": details}

    def message(self, content: list[dict[str, Any]], stop: dict[str, Any]) -> dict[str, Any]:
        base: dict[str, Any] = {"id": ID, "type": "message", "role": "assistant"}
        return base | {"model": self.model.id, "content": content} | stop


def respond(body: dict[str, Any], plan: Plan, version: str) -> Answer:
    parameters.check_message(body, version)
    model = models.named(body["model"])
    parameters.check_values(body, model)
    turns = _check(body, model, version)
    plan = tools.with_forced_tool(body, plan)
    said = Said(body, model, plan, usage.record(body, turns, plan))
    if body.get("stream"):
        return stream.of(said)
    message = said.message(said.content, said.stop)
    if plan.reports_usage:
        message["usage"] = said.usage
    # Anthropic's whole answers have no whitespace.
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    result = Answer(200, [("Content-Type", "application/json")], [text.encode()])
    result.usage = said.usage if plan.reports_usage else None
    return result


def count(body: dict[str, Any], version: str) -> Answer:
    parameters.check_count(body)
    turns = _check(body, models.named(body["model"]), version)
    return answer.of_json({"input_tokens": usage.of_prompt(body, turns)})


def _check(body: dict[str, Any], model: models.Model, version: str) -> list[conversation.Turn]:
    form = (body.get("output_config") or {}).get("format")
    if form:
        tools.check_schema(form["schema"], "output_config.format.schema")
    tools.check_tools(body, model)
    system = body.get("system", [])
    if isinstance(system, list):
        blocks.of_content(system, "system", "system", version)
    has_calls = any(
        isinstance(message.get("content"), list)
        and any(part.get("type") == "tool_use" for part in message["content"])
        for message in body["messages"]
        if isinstance(message, dict)
    )
    if has_calls and not body.get("tools"):
        raise errors.invalid(
            "Requests which include `tool_use` or `tool_result` blocks must define tools"
        )
    return conversation.checked(body, model, version)

# SPDX-License-Identifier: Apache-2.0
"""What a v2 answer says, whole or streamed."""

from typing import Any

from fake_provider import Plan, ToolCall

from . import models, usage

ID = "29f14a5a-11de-4cae-9800-25e4747408ea"

# Cohere's words for the reasons that a plan gives in OpenAI's.
REASONS = {"stop": "COMPLETE", "length": "MAX_TOKENS", "tool_calls": "TOOL_CALL"}


def used(body: dict[str, Any], plan: Plan) -> dict[str, Any]:
    count = sum(len(call.arguments) for call in plan.tool_calls) or len(plan.texts())
    return usage.record(usage.of_messages(body["messages"]), count, plan.usage)


def reason(plan: Plan) -> str:
    wanted = plan.finish_reason or ("tool_calls" if plan.tool_calls else "stop")
    return REASONS.get(wanted, wanted)


def texts(plan: Plan) -> list[str]:
    """A refusal is a text as any other here."""
    return [plan.refusal] if plan.refusal else plan.texts()


def thoughts(body: dict[str, Any]) -> list[str]:
    """What a model says to itself, as it is told or as it is used to."""
    habit = "enabled" if body["model"] in models.THOUGHTFUL else "disabled"
    thinks = (body.get("thinking") or {}).get("type", habit) == "enabled"
    return ["Numbers", " it is."] if thinks else []


def call_of(call: ToolCall, arguments: str) -> dict[str, Any]:
    function = {"name": call.name, "arguments": arguments}
    return {"id": call.id, "type": "function", "function": function}


def citation() -> dict[str, Any]:
    document = {"type": "document", "id": "doc:0", "document": {"id": "doc:0", "title": "Numbers"}}
    return {"start": 0, "end": 2, "text": "t0", "sources": [document], "type": "TEXT_CONTENT"}

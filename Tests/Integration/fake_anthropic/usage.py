# SPDX-License-Identifier: Apache-2.0
"""A token is a word here; exact, and never what an estimate gives."""

import json
from typing import Any

from fake_provider import Plan

from . import parameters
from .conversation import Turn

THOUGHTS = ("h0", " h1", " h2")


def of_prompt(body: dict[str, Any], turns: list[Turn]) -> int:
    system = body.get("system", "")
    parts = system if isinstance(system, list) else [{"type": "text", "text": system}]
    count = 7 + sum(_of_block(part) for part in parts)
    for _, content in turns:
        count += 4 + sum(_of_block(block) for block in content)
    tools = body.get("tools", [])
    return count + sum(11 + len(json.dumps(tool["input_schema"]).split()) for tool in tools)


def _of_block(block: dict[str, Any]) -> int:
    if block["type"] == "tool_result":
        content = block.get("content", "")
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        return 2 + sum(_of_block(part) for part in parts)
    if block["type"] == "tool_use":
        return 3 + len(json.dumps(block["input"]).split())
    if block["type"] == "text":
        return len(block["text"].split())
    return 100


def record(body: dict[str, Any], turns: list[Turn], plan: Plan) -> dict[str, Any]:
    thoughts = len(THOUGHTS) if parameters.thinks(body) else 0
    said = sum(len(call.arguments) for call in plan.tool_calls) or len(plan.texts())
    if plan.refusal is not None:
        said = 1
    value: dict[str, Any] = {
        "input_tokens": of_prompt(body, turns),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": said + thoughts,
        "service_tier": "standard",
    }
    if thoughts:
        value["output_tokens_details"] = {"thinking_tokens": thoughts}
    return value | dict(plan.usage)

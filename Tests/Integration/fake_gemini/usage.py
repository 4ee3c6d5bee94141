# SPDX-License-Identifier: Apache-2.0
"""A token is a word here, an image 258, a content costs four. Never what an estimate gives."""

import json
from typing import Any


def of_prompt(body: dict[str, Any]) -> int:
    contents = [
        *body["contents"],
        *([body["systemInstruction"]] if "systemInstruction" in body else []),
    ]
    return sum(4 + sum(map(_of_part, content["parts"])) for content in contents) + _of_tools(body)


def of_text(text: str) -> int:
    return len(text.split()) + 1


def record(
    prompt: int, candidates: int | None, more: dict[str, Any], is_last: bool
) -> dict[str, Any]:
    """`usageMetadata`: what a plan adds comes first, so that the sum has it."""
    value: dict[str, Any] = {"promptTokenCount": prompt}
    if candidates is not None:
        value["candidatesTokenCount"] = candidates
    if is_last:
        value |= more
    parts = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount")
    total = sum(value.get(name, 0) for name in (*parts, "toolUsePromptTokenCount"))
    return {"totalTokenCount": total} | value


def _of_part(part: dict[str, Any]) -> int:
    if "text" in part:
        return len(part["text"].split())
    if "functionCall" in part or "functionResponse" in part:
        return len(json.dumps(part).split())
    return 258


def _of_tools(body: dict[str, Any]) -> int:
    return sum(7 * len(tool.get("functionDeclarations") or []) for tool in body.get("tools") or [])

# SPDX-License-Identifier: Apache-2.0
"""A token is a word here; a message costs three more. Exact, and never what an estimate gives."""

from typing import Any


def of_request(body: dict[str, Any]) -> int:
    system = sum(_words(block.get("text", "")) for block in body.get("system") or [])
    return system + sum(3 + of_content(message["content"]) for message in body["messages"]) + 3


def of_content(content: list[dict[str, Any]]) -> int:
    return sum(_of_block(block) for block in content)


def _of_block(block: dict[str, Any]) -> int:
    if "toolResult" in block:
        return of_content(block["toolResult"]["content"])
    return _words(block.get("text", ""))


def _words(text: str) -> int:
    return len(text.split())


def record(prompt: int, completion: int, given: dict[str, Any]) -> dict[str, Any]:
    """`inputTokens` leaves the cached ones out, and the total has them."""
    cached = given.get("cacheReadInputTokens", 0) + given.get("cacheWriteInputTokens", 0)
    usage = {
        "inputTokens": prompt,
        "outputTokens": completion,
        "totalTokens": prompt + completion + cached,
    }
    return usage | given

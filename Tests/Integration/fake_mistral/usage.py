# SPDX-License-Identifier: Apache-2.0
"""A token is a word here; a message costs four more. Exact, and never what an estimate gives."""

from typing import Any


def of_messages(messages: list[dict[str, Any]]) -> int:
    return sum(4 + of_content(message.get("content")) for message in messages) + 1


def of_content(content: Any) -> int:
    if isinstance(content, list):
        return sum(of_content(part.get("text", "")) for part in content)
    return len(content.split()) if isinstance(content, str) else 0


def record(prompt: int, completion: int) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "total_tokens": prompt + completion,
        "completion_tokens": completion,
        "prompt_tokens_details": {"cached_tokens": 0},
    }

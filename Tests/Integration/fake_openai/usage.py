# SPDX-License-Identifier: Apache-2.0
"""A token is a word here; a message costs three more. Exact, and never what an estimate gives."""

from typing import Any


def of_messages(messages: list[dict[str, Any]]) -> int:
    return sum(3 + _of_content(message.get("content")) for message in messages) + 3


def of_text(text: Any) -> int:
    if isinstance(text, list):
        return sum(of_text(part) if isinstance(part, str) else 1 for part in text)
    return len(str(text).split()) + 1


def _of_content(content: Any) -> int:
    if isinstance(content, list):
        return sum(_of_content(part.get("text", "")) for part in content)
    return len(content.split()) if isinstance(content, str) else 0


def record(prompt: int, completion: int) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }

# SPDX-License-Identifier: Apache-2.0
"""A token is a word here, a message has a template around it; an image costs 576 tokens."""

from typing import Any

IMAGE = 576


def of_messages(messages: list[dict[str, Any]]) -> int:
    return sum(4 + _of_message(message) for message in messages)


def _of_message(message: dict[str, Any]) -> int:
    words = str(message.get("content") or "").split()
    return len(words) + IMAGE * len(message.get("images") or ())


def of_text(text: str) -> int:
    return len(text.split()) + 2


def metrics(prompt: int, completion: int) -> dict[str, Any]:
    """What the last record of an answer says; times in nanoseconds."""
    return {
        "total_duration": 4_883_583_458,
        "load_duration": 1_334_875,
        "prompt_eval_count": prompt,
        "prompt_eval_duration": 342_546_000,
        "eval_count": completion,
        "eval_duration": 4_535_599_000,
    }

# SPDX-License-Identifier: Apache-2.0
"""A token is a word here; a message costs three more. Exact, and never what an estimate gives.

Cohere counts twice: `tokens` is all that the model read, its own instructions included, and
`billed_units` is what the customer wrote and pays for.
"""

from collections.abc import Mapping
from typing import Any

# The tokens of Cohere's own instructions in front of every conversation.
PREAMBLE = 66


def of_messages(messages: list[dict[str, Any]]) -> int:
    return sum(3 + of_content(message.get("content")) for message in messages) + 2


def of_content(content: Any) -> int:
    if isinstance(content, list):
        return sum(of_content(part.get("text", "")) for part in content)
    return len(content.split()) if isinstance(content, str) else 0


def record(prompt: int, completion: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Cohere's record; `changes` are members of it."""
    value: dict[str, Any] = {
        "billed_units": {"input_tokens": prompt, "output_tokens": completion},
        "tokens": {"input_tokens": prompt + PREAMBLE, "output_tokens": completion},
        "cached_tokens": 0,
    }
    return value | dict(changes)

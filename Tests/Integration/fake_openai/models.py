# SPDX-License-Identifier: Apache-2.0
"""The models that the fake has, and what sets them apart."""

from typing import Any

from . import errors

CREATED = 1_715_367_049

CHAT = ("gpt-4o-mini", "gpt-4o", "o4-mini", "gpt-5")
# These know `max_completion_tokens` only, and no sampling parameters but the defaults.
REASONING = ("o4-mini", "gpt-5")
COMPLETIONS = ("gpt-3.5-turbo-instruct",)
EMBEDDINGS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}
# The dated snapshot that answers for an alias.
SNAPSHOTS = {
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4o": "gpt-4o-2024-08-06",
    "o4-mini": "o4-mini-2025-04-16",
    "gpt-5": "gpt-5-2025-08-07",
}


def listing() -> dict[str, Any]:
    names = (*CHAT, *COMPLETIONS, *EMBEDDINGS)
    return {"object": "list", "data": [one(name) for name in names]}


def one(name: str) -> dict[str, Any]:
    if name not in (*CHAT, *COMPLETIONS, *EMBEDDINGS):
        raise errors.model_not_found(name)
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "system"}

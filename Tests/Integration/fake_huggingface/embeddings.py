# SPDX-License-Identifier: Apache-2.0
"""Vectors: `feature-extraction` of the router, and a server's `/embed` and `/v1/embeddings`."""

from typing import Any

from fake_openai.embeddings import vector
from fake_provider import Answer

from . import errors, events, generation


def extract(body: dict[str, Any], size: int, per_token: bool) -> Answer:
    inputs = _texts(body.get("inputs"), "inputs")
    tokens = sum(generation.tokens(text) for text in inputs)
    vectors: list[Any] = [vector(text, size) for text in inputs]
    if per_token:
        vectors = [
            [one] * generation.tokens(text) for one, text in zip(vectors, inputs, strict=True)
        ]
    # The server answers a text that is not in a list with a list of one vector, too.
    result = events.record(vectors, ("x-compute-tokens", str(tokens)))
    result.usage = {"prompt_tokens": tokens, "completion_tokens": 0}
    return result


def openai(body: dict[str, Any], size: int) -> Answer:
    inputs = _texts(body.get("input"), "input")
    tokens = sum(generation.tokens(text) for text in inputs)
    data = [
        {
            "object": "embedding",
            "embedding": vector(text, body.get("dimensions") or size),
            "index": i,
        }
        for i, text in enumerate(inputs)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    value = {"object": "list", "data": data, "model": body.get("model") or "tei", "usage": usage}
    result = events.record(value)
    result.usage = {"prompt_tokens": tokens, "completion_tokens": 0}
    return result


def _texts(value: Any, name: str) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise errors.not_understood(
            f"{name}: data did not match any variant of untagged enum Input"
        )
    if not all(texts):
        raise errors.APIError(413, "`inputs` cannot be empty", "Validation")
    return texts

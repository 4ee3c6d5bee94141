# SPDX-License-Identifier: Apache-2.0
"""POST /model/{id}/invoke for the models that make embeddings."""

import json
from typing import Any

from fake_provider import Answer

from . import models
from .errors import APIError, invalid

_INPUT_TYPES = ("search_document", "search_query", "classification", "clustering")
_TITAN_DIMENSIONS = (1024, 512, 256)
_V4_DIMENSIONS = (1536, 1024, 512, 256)


def respond(model: str, body: dict[str, Any]) -> Answer:
    if model in (models.TITAN_V1, models.TITAN_V2):
        value, tokens = _titan(model, body)
    elif model in models.EMBEDDINGS:
        value, tokens = _cohere(model, body)
    else:
        raise models.not_found(model)
    headers = [
        ("Content-Type", "application/json"),
        ("X-Amzn-Bedrock-Input-Token-Count", str(tokens)),
        ("X-Amzn-Bedrock-Invocation-Latency", "12"),
    ]
    result = Answer(200, headers, [json.dumps(value, separators=(",", ":")).encode()])
    result.usage = {"inputTokens": tokens}
    return result


def vector(text: str, size: int, is_normal: bool = False) -> list[float]:
    """Values that are exact as 32-bit floats; of length 1 each has the same size."""
    seed = sum(text.encode())
    values = [((seed + 31 * index) % 1024) / 1024 - 0.5 for index in range(size)]
    if not is_normal:
        return values
    return [(1 if value >= 0 else -1) * size**-0.5 for value in values]


def tokens_of(texts: list[str]) -> int:
    return sum(len(text.split()) + 1 for text in texts)


def _titan(model: str, body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    known = {"inputText"}
    if model == models.TITAN_V2:
        known |= {"dimensions", "normalize", "embeddingTypes"}
    _check_names(body, known)
    text = body.get("inputText")
    if not isinstance(text, str):
        raise _malformed("required key [inputText] not found")
    if not text:
        raise _malformed("expected minLength: 1, actual: 0")
    if model == models.TITAN_V1:
        values = vector(text, 1536)
    else:
        size = body.get("dimensions", 1024)
        if size not in _TITAN_DIMENSIONS:
            raise _malformed(f"#/dimensions: {size} is not a valid enum value")
        if not isinstance(body.get("normalize", True), bool):
            raise _malformed("#/normalize: expected type: Boolean")
        values = vector(text, size, body.get("normalize", True))
    tokens = tokens_of([text])
    value: dict[str, Any] = {"embedding": values, "inputTextTokenCount": tokens}
    if model == models.TITAN_V2:
        value["embeddingsByType"] = {"float": values}
    return value, tokens


def _cohere(model: str, body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    is_v4 = model == models.COHERE_EMBED_V4
    known = {"texts", "images", "input_type", "truncate", "embedding_types"}
    _check_names(body, known | ({"output_dimension", "max_tokens", "inputs"} if is_v4 else set()))
    texts = body.get("texts")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _malformed("#: required key [texts] not found")
    if not 1 <= len(texts) <= 96:
        raise _malformed(f"#/texts: expected maximum item count: 96, found: {len(texts)}")
    if body.get("input_type") not in _INPUT_TYPES:
        raise _malformed("#: required key [input_type] not found")
    size = body.get("output_dimension", 1536) if is_v4 else 1024
    if is_v4 and size not in _V4_DIMENSIONS:
        raise _malformed(f"#/output_dimension: {size} is not a valid enum value")
    vectors = [vector(text, size) for text in texts]
    types = body.get("embedding_types")
    value: dict[str, Any] = {"id": "e5f6", "texts": texts, "embeddings": vectors}
    value["response_type"] = "embeddings_floats"
    if types is not None:
        if types != ["float"]:
            raise _malformed(f"#/embedding_types: {types} is not supported by this fake")
        value |= {"embeddings": {"float": vectors}, "response_type": "embeddings_by_type"}
    return value, tokens_of(texts)


def _check_names(body: dict[str, Any], known: set[str]) -> None:
    for name in body:
        if name not in known:
            raise _malformed(f"#: extraneous key [{name}] is not permitted")


def _malformed(problem: str) -> APIError:
    return invalid(f"Malformed input request: {problem}, please reformat your input and try again.")

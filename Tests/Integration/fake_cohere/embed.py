# SPDX-License-Identifier: Apache-2.0
"""POST /v2/embed and /v1/embed."""

import base64
import struct
from typing import Any

from fake_provider import Answer, Plan, answer

from . import errors, models, parameters, usage

_ID = "5807ee2e-0cda-445a-9ec8-864c60a06606"
_INPUT_TYPES = ("search_document", "search_query", "classification", "clustering", "image")
_KINDS = ("float", "int8", "uint8", "binary", "ubinary", "base64")


def respond(body: dict[str, Any], plan: Plan) -> Answer:
    parameters.check(body, parameters.EMBED, "embed", ("model", "input_type"))
    return _answer(body, body.get("embedding_types") or ["float"], plan)


def respond_v1(body: dict[str, Any], plan: Plan) -> Answer:
    """Without types the vectors are a plain list, as before types were thought of."""
    parameters.check(body, parameters.EMBED_V1, "embed-v1", ("texts",))
    return _answer(body, body.get("embedding_types") or [], plan)


def vector(text: str, size: int) -> list[float]:
    """Values that are exact as 32-bit floats, so that both encodings can be compared."""
    seed = sum(text.encode())
    return [((seed + 31 * index) % 1024) / 1024 - 0.5 for index in range(size)]


def _answer(body: dict[str, Any], kinds: list[str], plan: Plan) -> Answer:
    texts = _texts(body)
    sizes = _sizes(body)
    size = body.get("output_dimension") or sizes[0]
    if size not in sizes:
        raise errors.invalid(f"output_dimension must be one of {sorted(sizes)}")
    unknown = [kind for kind in kinds if kind not in _KINDS]
    if unknown:
        raise errors.invalid(f"embedding_types has an unknown type {unknown[0]!r}")
    vectors = [vector(text, size) for text in texts]
    embeddings = {kind: [_encoded(values, kind) for values in vectors] for kind in kinds}
    count = sum(usage.of_content(text) + 1 for text in texts)
    billed: dict[str, Any] = {"input_tokens": count}
    value = {
        "id": _ID,
        "texts": texts,
        "embeddings": embeddings or vectors,
        "meta": {"api_version": {"version": "2"}, "billed_units": billed},
        "response_type": "embeddings_by_type" if kinds else "embeddings_floats",
    }
    result = answer.of_json(value)
    result.usage = {"billed_units": billed}
    return result


def _texts(body: dict[str, Any]) -> list[str]:
    given = [name for name in ("texts", "images", "inputs") if body.get(name)]
    if len(given) != 1:
        raise errors.invalid("exactly one of texts, images or inputs must be given")
    if given != ["texts"]:
        raise errors.invalid(f"{given[0]} are not part of this fake")
    if not all(isinstance(text, str) for text in body["texts"]):
        raise errors.wrong_type("texts", "array of strings", "embed")
    if len(body["texts"]) > 96:
        raise errors.invalid("total number of texts must be at most 96")
    return list(body["texts"])


def _sizes(body: dict[str, Any]) -> tuple[int, ...]:
    model = body.get("model") or "embed-multilingual-v3.0"
    if model not in models.EMBED:
        raise errors.model_not_found(model)
    if body.get("input_type") not in _INPUT_TYPES:
        raise errors.invalid(f"input_type must be one of {', '.join(_INPUT_TYPES)}")
    return models.EMBED[model]


def _encoded(values: list[float], kind: str) -> Any:
    if kind == "float":
        return values
    if kind == "base64":
        return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
    scaled = [round(value * 127) for value in values]
    return scaled if kind == "int8" else [value + 128 for value in scaled]

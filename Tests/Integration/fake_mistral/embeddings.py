# SPDX-License-Identifier: Apache-2.0
"""POST /v1/embeddings."""

import base64
import struct
from typing import Any

from fake_provider import Answer, answer

from . import errors, models, parameters, usage


def respond(body: dict[str, Any]) -> Answer:
    try:
        return _respond(body)
    except errors.FieldError as error:
        raise error.unwrapped() from error


def vector(text: str, size: int) -> list[float]:
    """Values that are exact as 32-bit floats, so that both encodings can be compared."""
    seed = sum(text.encode())
    return [((seed + 31 * index) % 1024) / 1024 - 0.5 for index in range(size)]


def _respond(body: dict[str, Any]) -> Answer:
    parameters.check(body, parameters.EMBEDDINGS, (), ("model", "input"))
    model = body["model"]
    if model not in models.EMBED:
        raise errors.invalid_model(model)
    encoding = body.get("encoding_format") or "float"
    parameters.check_value(encoding, ("float", "base64"), ("encoding_format",))
    size = body.get("output_dimension") or models.EMBED[model]
    if size != models.EMBED[model] and model not in models.RESIZABLE:
        raise errors.APIError(400, "This model does not support output_dimension.")
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    if not all(isinstance(text, str) for text in inputs):
        raise errors.wrong_type(("input",), "string", body["input"])
    reported = usage.record(sum(usage.of_content(text) + 1 for text in inputs), 0)
    result = answer.of_json(
        {
            "id": "9f3d2c6b8e7a4f15b0c1d2e3f4a5b6c7",
            "object": "list",
            "data": [
                {
                    "object": "embedding",
                    "embedding": _encoded(vector(text, size), encoding),
                    "index": index,
                }
                for index, text in enumerate(inputs)
            ],
            "model": model,
            "usage": reported,
        }
    )
    result.usage = reported
    return result


def _encoded(values: list[float], encoding: str) -> Any:
    if encoding == "float":
        return values
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()

# SPDX-License-Identifier: Apache-2.0
"""POST /v1/embeddings."""

import base64
import struct
from typing import Any

from fake_provider import Answer, answer

from . import errors, models, parameters, usage


def respond(body: dict[str, Any]) -> Answer:
    parameters.check(body, parameters.EMBEDDINGS, ("model", "input"))
    if body["model"] not in models.EMBEDDINGS:
        raise errors.model_not_found(body["model"])
    size = _dimensions(body)
    encoding = body.get("encoding_format") or "float"
    if encoding not in ("float", "base64"):
        raise errors.wrong_value("encoding_format", f"Invalid value: '{encoding}'.")
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    tokens = sum(usage.of_text(text) for text in inputs)
    reported = {"prompt_tokens": tokens, "total_tokens": tokens}
    result = answer.of_json(
        {
            "object": "list",
            "data": [
                {
                    "object": "embedding",
                    "index": index,
                    "embedding": _encoded(vector(str(text), size), encoding),
                }
                for index, text in enumerate(inputs)
            ],
            "model": body["model"],
            "usage": reported,
        }
    )
    result.usage = reported
    return result


def vector(text: str, size: int) -> list[float]:
    """Values that are exact as 32-bit floats, so that both encodings can be compared."""
    seed = sum(text.encode())
    return [((seed + 31 * index) % 1024) / 1024 - 0.5 for index in range(size)]


def _dimensions(body: dict[str, Any]) -> int:
    most = models.EMBEDDINGS[body["model"]]
    size = body.get("dimensions") or most
    if not 1 <= size <= most:
        raise errors.wrong_value("dimensions", f"Invalid value for 'dimensions' = {size}.")
    return int(size)


def _encoded(values: list[float], encoding: str) -> Any:
    if encoding == "float":
        return values
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()

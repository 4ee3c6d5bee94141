# SPDX-License-Identifier: Apache-2.0
"""POST /api/embed."""

import json
from typing import Any

from fake_openai.embeddings import vector
from fake_provider import Answer

from . import errors, members, models, usage


def respond(body: dict[str, Any]) -> Answer:
    members.check(body, members.EMBED, "EmbedRequest")
    members.check_options(body.get("options"))
    given = body.get("input")
    if not isinstance(given, str | list):
        raise errors.APIError(400, "invalid input type")
    inputs = given if isinstance(given, list) else [given]
    if not all(isinstance(text, str) for text in inputs):
        raise errors.APIError(400, "invalid input type")
    if not models.can(body["model"], "embedding"):
        raise errors.APIError(500, "this model does not support embeddings")
    size = body.get("dimensions") or models.EMBEDDING_SIZE
    tokens = sum(usage.of_text(text) for text in inputs)
    value = {
        "model": body["model"],
        "embeddings": [vector(text, size) for text in inputs],
        "total_duration": 14_143_917,
        "load_duration": 1_019_500,
        "prompt_eval_count": tokens,
    }
    text = json.dumps(value, separators=(",", ":"))
    result = Answer(200, [("Content-Type", "application/json; charset=utf-8")], [text.encode()])
    result.usage = {"prompt_tokens": tokens, "completion_tokens": 0}
    return result

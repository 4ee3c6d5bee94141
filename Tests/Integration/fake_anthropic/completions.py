# SPDX-License-Identifier: Apache-2.0
"""POST /v1/complete, the API of the models before messages."""

from typing import Any

from fake_provider import Answer, Plan, answer

from . import errors, models, stream
from .shapes import NUMBER, Shape, check, optional, required

_SHAPE: Shape = {
    "model": required(str),
    "prompt": required(str),
    "max_tokens_to_sample": required(int),
    "metadata": optional(dict),
    "stop_sequences": optional(list),
    "stream": optional(bool),
    "temperature": optional(*NUMBER),
    "top_k": optional(int),
    "top_p": optional(*NUMBER),
}


def respond(body: dict[str, Any], plan: Plan) -> Answer:
    check(body, _SHAPE)
    if body["model"] not in models.COMPLETIONS:
        models.named(body["model"])
        raise errors.invalid(
            f'"{body["model"]}" is not supported on this API. Please use the Messages API instead.'
        )
    prompt = body["prompt"]
    if not prompt.startswith("\n\nHuman:"):
        raise errors.invalid('prompt must start with "\n\nHuman:" turn')
    if not prompt.rstrip(" ").endswith("\n\nAssistant:"):
        raise errors.invalid('prompt must end with "\n\nAssistant:" turn')
    reason = plan.finish_reason or "stop_sequence"
    if not body.get("stream"):
        return answer.of_json(_value(body, "".join(plan.texts()), reason))
    texts = [_value(body, text, None) for text in plan.texts()]
    values = [{"type": "ping"}, *texts, _value(body, "", reason)]
    return answer.of_events([stream.named(value, plan.line_ending) for value in values])


def _value(body: dict[str, Any], text: str, reason: str | None) -> dict[str, Any]:
    return {
        "type": "completion",
        "id": "compl_018CKm6gsux7P8yMcwZbeCPw",
        "completion": text,
        "stop_reason": reason,
        "stop": "\n\nHuman:" if reason == "stop_sequence" else None,
        "model": body["model"],
        "log_id": "compl_018CKm6gsux7P8yMcwZbeCPw",
    }

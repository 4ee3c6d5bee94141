# SPDX-License-Identifier: Apache-2.0
"""POST /v1/completions."""

from typing import Any

from fake_provider import Answer, Plan, answer

from . import errors, models, parameters, usage


def respond(body: dict[str, Any], plan: Plan) -> Answer:
    parameters.check(body, parameters.COMPLETIONS, ("model", "prompt"))
    if body["model"] in models.CHAT:
        raise errors.APIError(
            404,
            "This is a chat model and not supported in the v1/completions endpoint. "
            "Did you mean to use v1/chat/completions?",
            param="model",
        )
    if body["model"] not in models.COMPLETIONS:
        raise errors.model_not_found(body["model"])
    return _stream(body, plan) if body.get("stream") else _whole(body, plan)


def _usage(body: dict[str, Any], plan: Plan) -> dict[str, Any]:
    prompt, completion = usage.of_text(body["prompt"]), len(plan.texts())
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _value(body: dict[str, Any], choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "cmpl-uqkvlQyYK7bGYrRHQ0eXlWi7",
        "object": "text_completion",
        "created": models.CREATED,
        "model": body["model"],
        "choices": choices,
    }


def _choice(text: str, reason: str | None) -> dict[str, Any]:
    return {"text": text, "index": 0, "logprobs": None, "finish_reason": reason}


def _whole(body: dict[str, Any], plan: Plan) -> Answer:
    value = _value(body, [_choice("".join(plan.texts()), plan.finish_reason or "stop")])
    value["usage"] = _usage(body, plan)
    result = answer.of_json(value)
    result.usage = value["usage"]
    return result


def _stream(body: dict[str, Any], plan: Plan) -> Answer:
    has_usage = parameters.stream_option(body, "include_usage", False)
    values = [_value(body, [_choice(text, None)]) for text in plan.texts()]
    values.append(_value(body, [_choice("", plan.finish_reason or "stop")]))
    if has_usage:
        values = [value | {"usage": None} for value in values]
        values.append(_value(body, []) | {"usage": _usage(body, plan)})
    events = [answer.event(value, plan.line_ending) for value in values]
    result = answer.of_events([*events, b"data: [DONE]" + plan.line_ending * 2])
    result.usage = _usage(body, plan) if has_usage else None
    return result

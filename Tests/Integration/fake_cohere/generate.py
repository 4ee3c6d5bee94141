# SPDX-License-Identifier: Apache-2.0
"""POST /v1/generate."""

from typing import Any

from fake_provider import Answer, Plan, answer

from . import errors, events, models, parameters, usage
from .chat_v1 import REASONS

PAGE = "generate"

_ID = "1b6a4c3e-9d3f-4f6e-8b3c-2d1e0f9a8b7c"


def respond(body: dict[str, Any], plan: Plan, accepts: str) -> Answer:
    parameters.check(body, parameters.GENERATE, PAGE, ("prompt",))
    if body.get("model") not in (None, *models.GENERATE):
        raise errors.model_not_found(body["model"])
    if not body.get("stream"):
        result = answer.of_json(_whole(body, plan))
    else:
        result = events.of_v1(_stream(body, plan), plan, accepts)
    result.usage = _meta(body, plan) if plan.reports_usage else None
    return result


def _count(body: dict[str, Any]) -> int:
    return int(body.get("num_generations") or 1)


def _reason(plan: Plan) -> str:
    wanted = plan.finish_reason or "stop"
    return REASONS.get(wanted, wanted)


def _meta(body: dict[str, Any], plan: Plan) -> dict[str, Any]:
    prompt = usage.of_content(body["prompt"]) + 1
    value = usage.record(prompt, len(plan.texts()) * _count(body), plan.usage)
    # This API counts what is billed only.
    return {"billed_units": value["billed_units"]}


def _whole(body: dict[str, Any], plan: Plan) -> dict[str, Any]:
    value = {
        "id": _ID,
        "generations": [
            {
                "id": f"{_ID}-{index}",
                "text": "".join(plan.texts()),
                "finish_reason": _reason(plan),
            }
            for index in range(_count(body))
        ],
        "prompt": body["prompt"],
        "meta": {"api_version": {"version": "1"}},
    }
    if plan.reports_usage:
        value["meta"] |= _meta(body, plan)
    return value


def _stream(body: dict[str, Any], plan: Plan) -> list[dict[str, Any]]:
    choices = range(_count(body))
    values: list[dict[str, Any]] = []
    for text in plan.texts()[: plan.error_event_after]:
        for index in choices:
            piece: dict[str, Any] = {"text": text, "is_finished": False}
            values.append(piece | {"event_type": "text-generation", "index": index})
    if plan.error_event_after is not None:
        error = {"err": "internal server error", "finish_reason": "ERROR", "is_finished": True}
        return [*values, {"event_type": "stream-error", **error}]
    end = {"is_finished": True, "event_type": "stream-end", "finish_reason": _reason(plan)}
    return [*values, end | {"response": _whole(body, plan)}]

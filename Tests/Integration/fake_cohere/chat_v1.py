# SPDX-License-Identifier: Apache-2.0
"""POST /v1/chat. Tools of this API are not faked: the gateway refuses them there."""

from typing import Any

from fake_provider import Answer, Plan, answer

from . import errors, events, models, parameters, usage

PAGE = "chat-v1"

_RESPONSE_ID = "b1c5f7a2-5f2e-4c0c-8d4d-6a7e9f0b1c2d"
_GENERATION_ID = "d2f1b3c4-1a2b-4c3d-9e8f-7a6b5c4d3e2f"

REASONS = {"stop": "COMPLETE", "length": "MAX_TOKENS", "content_filter": "ERROR_TOXIC"}


def respond(body: dict[str, Any], plan: Plan, accepts: str) -> Answer:
    parameters.check(body, parameters.CHAT_V1, PAGE)
    model = body.get("model") or models.CHAT[0]
    if model not in models.CHAT:
        raise errors.model_not_found(model)
    if not body.get("message"):
        raise errors.invalid(
            "message must be at least 1 token long or tool results must be specified."
        )
    _check_history(body)
    _check_format(body)
    if not body.get("stream"):
        result = answer.of_json(_response(body, plan))
    else:
        result = events.of_v1(_stream(body, plan), plan, accepts)
    result.usage = _meta(body, plan) if plan.reports_usage else None
    return result


def _check_history(body: dict[str, Any]) -> None:
    for entry in body.get("chat_history") or []:
        known = {"role": (str,), "message": (str,)}
        parameters.check_names(entry, known, PAGE)
        if entry.get("role") not in ("USER", "CHATBOT", "SYSTEM"):
            raise errors.invalid("role in chat_history must be one of USER, CHATBOT, SYSTEM, TOOL")
        if not entry.get("message"):
            raise errors.invalid("message in chat_history must not be empty")


def _check_format(body: dict[str, Any]) -> None:
    wanted = body.get("response_format")
    if wanted is None:
        return
    parameters.check_names(wanted, {"type": (str,), "schema": (dict,)}, PAGE)
    if wanted.get("type") not in ("text", "json_object"):
        raise errors.invalid("response_format.type must be one of 'text' or 'json_object'")


def _meta(body: dict[str, Any], plan: Plan) -> dict[str, Any]:
    said = [body["message"], body.get("preamble") or ""]
    said += [entry["message"] for entry in body.get("chat_history") or []]
    prompt = sum(usage.of_content(text) + 3 for text in said)
    return usage.record(prompt, len(plan.texts()), plan.usage)


def _response(body: dict[str, Any], plan: Plan) -> dict[str, Any]:
    said = "".join(plan.texts())
    reason = plan.finish_reason or "stop"
    history = [
        *(body.get("chat_history") or []),
        {"role": "USER", "message": body["message"]},
        {"role": "CHATBOT", "message": said},
    ]
    value: dict[str, Any] = {
        "response_id": _RESPONSE_ID,
        "text": said,
        "generation_id": _GENERATION_ID,
        "chat_history": history,
        "finish_reason": REASONS.get(reason, reason),
        "meta": {"api_version": {"version": "1"}},
    }
    if plan.reports_usage:
        value["meta"] |= _meta(body, plan)
    return value


def _stream(body: dict[str, Any], plan: Plan) -> list[dict[str, Any]]:
    texts = plan.texts()
    values: list[dict[str, Any]] = [
        {"is_finished": False, "event_type": "stream-start", "generation_id": _GENERATION_ID}
    ]
    values += [
        {"is_finished": False, "event_type": "text-generation", "text": text}
        for text in texts[: plan.error_event_after]
    ]
    response = _response(body, plan)
    if plan.error_event_after is not None:
        response["finish_reason"] = "ERROR"
    end = {"is_finished": True, "event_type": "stream-end", "response": response}
    return [*values, end | {"finish_reason": response["finish_reason"]}]

# SPDX-License-Identifier: Apache-2.0
"""Text Generation Inference's own API: `/`, `/generate`, `/generate_stream`."""

from typing import Any

from fake_provider import Answer, Plan

from . import errors, events, members


def respond(
    body: dict[str, Any], plan: Plan, streams: bool, is_list: bool, has_space: bool
) -> Answer:
    inputs = body.get("inputs")
    if not isinstance(inputs, str):
        raise errors.not_understood("missing field `inputs`")
    if not inputs:
        raise errors.validation("`inputs` cannot be empty")
    parameters = body.get("parameters") or {}
    members.check(parameters, members.PARAMETERS)
    members.check_grammar(parameters.get("grammar"))
    if streams and parameters.get("decoder_input_details"):
        raise errors.validation(
            "`decoder_input_details` == true is not supported when streaming tokens"
        )
    if streams:
        return _stream(inputs, parameters, plan, has_space)
    return _whole(inputs, parameters, plan, is_list)


def tokens(text: str) -> int:
    """A token is a word here, and one begins the text."""
    return len(text.split()) + 1


def reason(plan: Plan) -> str:
    return plan.finish_reason or "eos_token"


def _whole(inputs: str, parameters: dict[str, Any], plan: Plan, is_list: bool) -> Answer:
    texts = plan.texts()
    prompt, completion = tokens(inputs), len(texts) + 1
    text = "".join(texts)
    value: dict[str, Any] = {
        "generated_text": inputs + text if parameters.get("return_full_text") else text
    }
    if parameters.get("details"):
        prefill = [{"id": 1, "text": "x", "logprob": -0.5}] * prompt
        value["details"] = {
            "finish_reason": reason(plan),
            "generated_tokens": completion,
            "seed": parameters.get("seed"),
            "prefill": prefill if parameters.get("decoder_input_details") else [],
            "tokens": [_token(text) for text in texts],
        }
    counts = [("x-prompt-tokens", str(prompt)), ("x-generated-tokens", str(completion))]
    result = events.record(
        [value] if is_list else value,
        ("x-compute-type", "1-fake"),
        *(counts if plan.reports_usage else ()),
    )
    result.usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    return result


def _stream(inputs: str, parameters: dict[str, Any], plan: Plan, has_space: bool) -> Answer:
    texts = plan.texts()
    prompt, completion = tokens(inputs), len(texts) + 1
    lines: list[bytes] = []
    for number, text in enumerate(texts):
        if number == plan.error_event_after:
            failure = errors.generation().body
            result = events.stream([*lines, events.event(failure, plan, has_space)])
            result.usage = None
            return result
        value = {"index": number + 1, "token": _token(text), "generated_text": None}
        lines.append(events.event(value | {"details": None}, plan, has_space))
    # The token of the end is counted here, and no text.
    last: dict[str, Any] = {
        "index": completion,
        "token": {"id": 2, "text": "</s>", "logprob": -0.01, "special": True},
        "generated_text": "".join(texts),
        "details": None,
    }
    if parameters.get("details") and plan.reports_usage:
        last["details"] = {
            "finish_reason": reason(plan),
            "generated_tokens": completion,
            "input_length": prompt,
            "seed": None,
        }
    if plan.ends_with_done:
        lines.append(events.event(last, plan, has_space))
    result = events.stream(lines)
    result.usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    return result


def _token(text: str) -> dict[str, Any]:
    return {"id": 100, "text": text, "logprob": -0.25, "special": False}

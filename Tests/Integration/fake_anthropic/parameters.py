# SPDX-License-Identifier: Apache-2.0
"""The parameters of a message, and which of them go together."""

from typing import Any

from . import errors
from .blocks import NEW_VERSION
from .models import Model
from .shapes import NUMBER, TEXT_OR_LIST, Shape, check, nullable, optional, required, tagged

_MESSAGES: Shape = {
    "model": required(str),
    "messages": required(list),
    "cache_control": nullable(dict),
    "container": nullable(str, dict),
    "diagnostics": nullable(dict),
    "inference_geo": nullable(str),
    "metadata": optional(dict),
    "output_config": optional(dict),
    "service_tier": optional(str, choices=("auto", "standard_only")),
    "speed": nullable(str, choices=("standard", "fast")),
    "stop_sequences": optional(list),
    "stream": optional(bool),
    "system": optional(*TEXT_OR_LIST),
    "thinking": optional(dict),
    "tool_choice": optional(dict),
    "tools": optional(list),
}
# Only the first version of the API that had messages knows them.
_SAMPLING: Shape = {
    "temperature": optional(*NUMBER),
    "top_p": optional(*NUMBER),
    "top_k": optional(int),
}
_COUNTED = (
    "model",
    "messages",
    "cache_control",
    "output_config",
    "speed",
    "system",
    "thinking",
    "tool_choice",
    "tools",
)

_METADATA: Shape = {"user_id": nullable(str)}
_OUTPUT: Shape = {
    "effort": nullable(str, choices=("low", "medium", "high", "xhigh", "max")),
    "format": nullable(dict),
}
_DISPLAY: Shape = {"display": nullable(str, choices=("summarized", "omitted"))}
_THINKING: dict[str, Shape] = {
    "enabled": {"budget_tokens": required(int)} | _DISPLAY,
    "adaptive": _DISPLAY,
    "disabled": {},
}


def check_message(body: dict[str, Any], version: str) -> None:
    check(body, _shape(version) | {"max_tokens": required(int)})


def check_count(body: dict[str, Any]) -> None:
    check(body, {name: _MESSAGES[name] for name in _COUNTED})


def _shape(version: str) -> Shape:
    return _MESSAGES if version >= NEW_VERSION else _MESSAGES | _SAMPLING


def check_values(body: dict[str, Any], model: Model) -> None:
    if body["max_tokens"] < 1:
        raise errors.invalid("max_tokens: Input should be greater than or equal to 1")
    if body["max_tokens"] > model.max_tokens:
        raise errors.invalid(
            f"max_tokens: {body['max_tokens']} > {model.max_tokens}, which is the maximum allowed "
            f"number of output tokens for {model.id}"
        )
    check(body.get("metadata", {}), _METADATA, "metadata")
    for text in body.get("stop_sequences", []):
        if not isinstance(text, str) or not text.strip():
            raise errors.invalid("stop_sequences: each stop sequence must contain non-whitespace")
    _check_output(body, model)
    _check_thinking(body, model)
    _check_sampling(body, model)


def thinks(body: dict[str, Any]) -> bool:
    return body.get("thinking", {}).get("type") in ("enabled", "adaptive")


def _check_output(body: dict[str, Any], model: Model) -> None:
    output = check(body.get("output_config", {}), _OUTPUT, "output_config")
    effort = output.get("effort")
    if effort is not None and effort not in model.effort:
        if not model.effort:
            raise errors.invalid("This model does not support the effort parameter.")
        raise errors.invalid(f"output_config.effort: '{effort}' is not supported by this model")
    form = output.get("format")
    if form is None:
        return
    if not model.has_structured_outputs:
        raise errors.invalid(f"'{model.id}' does not support output format.")
    shapes: dict[str, Shape] = {"json_schema": {"schema": required(dict)}}
    tagged(form, shapes, "output_config.format")


def _check_thinking(body: dict[str, Any], model: Model) -> None:
    thinking = body.get("thinking")
    if thinking is None:
        return
    kind = tagged(thinking, _THINKING, "thinking")
    if kind not in model.thinking:
        raise errors.invalid(
            f'"thinking.type.{kind}" is not supported for this model. Use '
            '"thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
        )
    if kind == "enabled":
        budget = thinking["budget_tokens"]
        if budget < 1024:
            raise errors.invalid(
                "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
            )
        if budget >= body["max_tokens"]:
            raise errors.invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
        _check_thinking_before_tools(body)
    if kind != "disabled" and body.get("tool_choice", {}).get("type") in ("any", "tool"):
        raise errors.invalid("Thinking may not be enabled when tool_choice forces tool use.")


def _check_thinking_before_tools(body: dict[str, Any]) -> None:
    """A model that has to think goes on from its own thoughts, so they must be there."""
    for index in range(len(body["messages"]) - 1, -1, -1):
        message = body["messages"][index]
        content = message["content"]
        if isinstance(content, str):
            return
        if message["role"] == "user" and any(part["type"] != "tool_result" for part in content):
            return
        if message["role"] != "assistant":
            continue
        kinds = [part["type"] for part in content]
        if "tool_use" in kinds and kinds[0] not in ("thinking", "redacted_thinking"):
            raise errors.invalid(
                f"messages.{index}.content.0.type: Expected `thinking` or `redacted_thinking`, but "
                f"found `{kinds[0]}`. When `thinking` is enabled, a final `assistant` message must "
                "start with a thinking block."
            )


def _check_sampling(body: dict[str, Any], model: Model) -> None:
    for name in ("temperature", "top_p", "top_k"):
        if name in body and not model.takes_sampling:
            raise errors.invalid(f"`{name}` is deprecated for this model.")
    for name in ("temperature", "top_p"):
        if not 0 <= body.get(name, 0) <= 1:
            raise errors.invalid(f"{name}: range: 0..1")
    if "temperature" in body and "top_p" in body and not model.takes_both:
        raise errors.invalid(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only "
            "one."
        )
    if not thinks(body):
        return
    if body.get("temperature", 1) != 1:
        raise errors.invalid("`temperature` may only be set to 1 when thinking is enabled.")
    if "top_k" in body:
        raise errors.invalid("`top_k` must be unset when thinking is enabled.")
    if body.get("top_p", 1) < 0.95:
        raise errors.invalid("`top_p` must be greater than or equal to 0.95 with thinking.")

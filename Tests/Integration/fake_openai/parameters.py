# SPDX-License-Identifier: Apache-2.0
"""The parameters that OpenAI knows, with their types; an unknown or mistyped one is an error."""

from typing import Any

from . import errors

Table = dict[str, tuple[type, ...]]

NUMBER: tuple[type, ...] = (int, float)
TEXT_OR_LIST: tuple[type, ...] = (str, list)

CHAT: Table = {
    "audio": (dict,),
    "frequency_penalty": NUMBER,
    "function_call": (str, dict),
    "functions": (list,),
    "logit_bias": (dict,),
    "logprobs": (bool,),
    "max_completion_tokens": (int,),
    "max_tokens": (int,),
    "messages": (list,),
    "metadata": (dict,),
    "modalities": (list,),
    "model": (str,),
    "moderation": (dict,),
    "n": (int,),
    "parallel_tool_calls": (bool,),
    "prediction": (dict,),
    "presence_penalty": NUMBER,
    "prompt_cache_key": (str,),
    "prompt_cache_retention": (str,),
    "reasoning_effort": (str,),
    "response_format": (dict,),
    "safety_identifier": (str,),
    "seed": (int,),
    "service_tier": (str,),
    "stop": TEXT_OR_LIST,
    "store": (bool,),
    "stream": (bool,),
    "stream_options": (dict,),
    "temperature": NUMBER,
    "tool_choice": (str, dict),
    "tools": (list,),
    "top_logprobs": (int,),
    "top_p": NUMBER,
    "user": (str,),
    "verbosity": (str,),
    "web_search_options": (dict,),
}

COMPLETIONS: Table = {
    "best_of": (int,),
    "echo": (bool,),
    "frequency_penalty": NUMBER,
    "logit_bias": (dict,),
    "logprobs": (int,),
    "max_tokens": (int,),
    "model": (str,),
    "n": (int,),
    "presence_penalty": NUMBER,
    "prompt": TEXT_OR_LIST,
    "seed": (int,),
    "stop": TEXT_OR_LIST,
    "stream": (bool,),
    "stream_options": (dict,),
    "suffix": (str,),
    "temperature": NUMBER,
    "top_p": NUMBER,
    "user": (str,),
}

EMBEDDINGS: Table = {
    "dimensions": (int,),
    "encoding_format": (str,),
    "input": TEXT_OR_LIST,
    "model": (str,),
    "user": (str,),
}

STREAM_OPTIONS: Table = {"include_usage": (bool,), "include_obfuscation": (bool,)}

_ENGLISH = {
    bool: "a boolean",
    int: "an integer",
    float: "a decimal number",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def check(body: dict[str, Any], table: Table, required: tuple[str, ...]) -> None:
    """Raises what OpenAI answers to the first parameter that is wrong."""
    if "model" in required and not body.get("model"):
        raise errors.APIError(400, "you must provide a model parameter")
    for name, value in body.items():
        _check_one(name, value, table)
    for name in required:
        if body.get(name) is None:
            raise errors.missing_parameter(name)
    _check_stream_options(body)
    _check_ranges(body)


def _check_one(name: str, value: Any, table: Table, prefix: str = "") -> None:
    if name not in table:
        raise errors.unknown_parameter(prefix + name)
    expected = table[name]
    fits = isinstance(value, expected) and not (isinstance(value, bool) and bool not in expected)
    if value is not None and not fits:
        raise errors.wrong_type(
            prefix + name,
            " or ".join(_ENGLISH[one] for one in expected),
            _ENGLISH.get(type(value), "another type"),
        )


def _check_stream_options(body: dict[str, Any]) -> None:
    options = body.get("stream_options")
    if options is None:
        return
    if not body.get("stream"):
        raise errors.APIError(
            400,
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    for name, value in options.items():
        _check_one(name, value, STREAM_OPTIONS, "stream_options.")


def _check_ranges(body: dict[str, Any]) -> None:
    temperature = body.get("temperature")
    if temperature is not None and not 0 <= temperature <= 2:
        raise errors.APIError(
            400,
            f"Invalid 'temperature': expected a value between 0 and 2, got {temperature}.",
            param="temperature",
            code="decimal_out_of_range",
        )
    for name in ("max_tokens", "max_completion_tokens", "n"):
        value = body.get(name)
        if value is not None and value < 1:
            raise errors.APIError(
                400,
                f"Invalid '{name}': integer below minimum value. Expected a value >= 1, "
                f"but got {value} instead.",
                param=name,
                code="integer_below_min_value",
            )


def stream_option(body: dict[str, Any], name: str, default: bool) -> bool:
    options = body.get("stream_options") or {}
    value = options.get(name)
    return default if value is None else bool(value)

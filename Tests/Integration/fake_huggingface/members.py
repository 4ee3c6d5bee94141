# SPDX-License-Identifier: Apache-2.0
"""Types and limits of a request's members. Unknown members are passed over, as by the servers."""

from typing import Any

from . import errors

Table = dict[str, tuple[type, ...]]

NUMBER: tuple[type, ...] = (int, float)

PARAMETERS: Table = {
    "adapter_id": (str,),
    "best_of": (int,),
    "decoder_input_details": (bool,),
    "details": (bool,),
    "do_sample": (bool,),
    "frequency_penalty": NUMBER,
    "grammar": (dict,),
    "max_new_tokens": (int,),
    "repetition_penalty": NUMBER,
    "return_full_text": (bool,),
    "seed": (int,),
    "stop": (list,),
    "temperature": NUMBER,
    "top_k": (int,),
    "top_n_tokens": (int,),
    "top_p": NUMBER,
    "truncate": (int,),
    "typical_p": NUMBER,
    "watermark": (bool,),
}
CHAT: Table = {
    "frequency_penalty": NUMBER,
    "logprobs": (bool,),
    "max_tokens": (int,),
    "messages": (list,),
    "model": (str,),
    "n": (int,),
    "presence_penalty": NUMBER,
    "response_format": (dict,),
    "seed": (int,),
    "stop": (list,),
    "stream": (bool,),
    "stream_options": (dict,),
    "temperature": NUMBER,
    "tool_choice": (str, dict),
    "tools": (list,),
    "top_logprobs": (int,),
    "top_p": NUMBER,
}
COMPLETION: Table = {
    "frequency_penalty": NUMBER,
    "max_tokens": (int,),
    "model": (str,),
    "prompt": (str, list),
    "repetition_penalty": NUMBER,
    "seed": (int,),
    "stop": (list,),
    "stream": (bool,),
    "suffix": (str,),
    "temperature": NUMBER,
    "top_p": NUMBER,
}


def check(value: Any, table: Table) -> None:
    if not isinstance(value, dict):
        raise errors.not_understood("invalid type, expected struct")
    for name, member in value.items():
        expected = table.get(name)
        if expected is None or member is None:
            continue
        if not isinstance(member, expected) or (isinstance(member, bool) and bool not in expected):
            raise errors.not_understood(f"{name}: invalid type")
    _check_ranges(value)


def _check_ranges(value: dict[str, Any]) -> None:
    temperature = value.get("temperature")
    if temperature is not None and temperature <= 0:
        raise errors.validation("`temperature` must be strictly positive")
    top_p = value.get("top_p")
    if top_p is not None and not 0 < top_p < 1:
        raise errors.validation("`top_p` must be > 0.0 and < 1.0")
    if value.get("top_k") is not None and value["top_k"] <= 0:
        raise errors.validation("`top_k` must be strictly positive")
    for name in ("max_new_tokens", "max_tokens"):
        if value.get(name) is not None and value[name] < 1:
            raise errors.validation(f"`{name}` must be strictly positive")
    if len(value.get("stop") or ()) > 4:
        raise errors.validation("`stop` supports up to 4 stop sequences")


def check_grammar(value: Any) -> None:
    """A type, and beside it a value: a schema where the type is JSON."""
    if value is None:
        return
    if not isinstance(value, dict) or "value" not in value:
        raise errors.not_understood("missing field `value`")
    kind = value.get("type")
    if kind not in ("json", "json_object", "json_schema", "regex"):
        raise errors.not_understood(f"unknown variant `{kind}`")
    if kind in ("json", "json_object") and not isinstance(value["value"], dict):
        raise errors.validation("grammar is not valid: the schema is no object")
    if kind == "json_schema" and not isinstance(value["value"].get("schema"), dict):
        raise errors.not_understood("missing field `schema`")

# SPDX-License-Identifier: Apache-2.0
"""The parameters that Mistral knows, with their types; an unknown or mistyped one is an error."""

from collections.abc import Mapping
from typing import Any

from . import errors

Table = Mapping[str, tuple[type, ...]]
Place = tuple[str | int, ...]

NUMBER: tuple[type, ...] = (int, float)
TEXT_OR_LIST: tuple[type, ...] = (str, list)

CHAT: Table = {
    "frequency_penalty": NUMBER,
    "guardrails": (list,),
    "logprobs": (bool,),
    "max_tokens": (int,),
    "messages": (list,),
    "metadata": (dict,),
    "min_tokens": (int,),
    "model": (str,),
    "n": (int,),
    "parallel_tool_calls": (bool,),
    "prediction": (dict,),
    "presence_penalty": NUMBER,
    "prompt_cache_key": (str,),
    "prompt_logprobs": (bool,),
    "prompt_mode": (str,),
    "random_seed": (int,),
    "reasoning_effort": (str,),
    "repetition_penalty": NUMBER,
    "response_format": (dict,),
    "safe_prompt": (bool,),
    "service_tier": (str,),
    "stop": TEXT_OR_LIST,
    "stream": (bool,),
    "temperature": NUMBER,
    "tool_choice": (str, dict),
    "tools": (list,),
    "top_k": (int,),
    "top_logprobs": (int,),
    "top_p": NUMBER,
    "top_prompt_logprobs": (int,),
}

EMBEDDINGS: Table = {
    "encoding_format": (str,),
    "input": TEXT_OR_LIST,
    "metadata": (dict,),
    "model": (str,),
    "output_dimension": (int,),
    "output_dtype": (str,),
}

_PYDANTIC = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "string",
    list: "list",
    dict: "dict",
}


def check(value: Any, table: Table, place: Place = (), required: tuple[str, ...] = ()) -> None:
    """Raises what Mistral answers to the first member of an object that is wrong.

    Null is a value as any other to it: a member that it does not know may not be there at all.
    """
    if not isinstance(value, dict):
        raise errors.wrong_type(place, "dict", value)
    for name in required:
        if name not in value:
            raise errors.missing((*place, name), value)
    for name, member in value.items():
        if name not in table:
            raise errors.extra((*place, name), member)
        expected = table[name]
        fits = isinstance(member, expected) and not (
            isinstance(member, bool) and bool not in expected
        )
        if member is not None and not fits:
            raise errors.wrong_type((*place, name), _PYDANTIC[expected[-1]], member)


def check_value(value: Any, allowed: tuple[str, ...], place: Place) -> None:
    if value is not None and value not in allowed:
        expected = ", ".join(f"'{one}'" for one in allowed[:-1]) + f" or '{allowed[-1]}'"
        raise errors.wrong_value(place, expected, value)

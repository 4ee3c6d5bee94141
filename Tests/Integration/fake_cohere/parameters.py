# SPDX-License-Identifier: Apache-2.0
"""The parameters that Cohere knows, with their types and ranges; it answers 422 to any other."""

from collections.abc import Mapping
from typing import Any

from . import errors

Table = dict[str, tuple[type, ...]]

NUMBER: tuple[type, ...] = (int, float)

_SAMPLING: Table = {
    "frequency_penalty": NUMBER,
    "k": (int,),
    "max_tokens": (int,),
    "p": NUMBER,
    "presence_penalty": NUMBER,
    "seed": (int,),
    "stop_sequences": (list,),
    "temperature": NUMBER,
}

CHAT: Table = _SAMPLING | {
    "citation_options": (dict,),
    "documents": (list,),
    "logprobs": (bool,),
    "messages": (list,),
    "model": (str,),
    "priority": (int,),
    "response_format": (dict,),
    "safety_mode": (str,),
    "stream": (bool,),
    "strict_tools": (bool,),
    "thinking": (dict,),
    "tool_choice": (str,),
    "tools": (list,),
}

CHAT_V1: Table = _SAMPLING | {
    "chat_history": (list,),
    "citation_quality": (str,),
    "connectors": (list,),
    "conversation_id": (str,),
    "documents": (list,),
    "force_single_step": (bool,),
    "max_input_tokens": (int,),
    "message": (str,),
    "model": (str,),
    "preamble": (str,),
    "prompt_truncation": (str,),
    "raw_prompting": (bool,),
    "response_format": (dict,),
    "safety_mode": (str,),
    "search_queries_only": (bool,),
    "stream": (bool,),
    "tool_results": (list,),
    "tools": (list,),
}

GENERATE: Table = _SAMPLING | {
    "end_sequences": (list,),
    "model": (str,),
    "num_generations": (int,),
    "preset": (str,),
    "prompt": (str,),
    "raw_prompting": (bool,),
    "return_likelihoods": (str,),
    "stream": (bool,),
    "truncate": (str,),
}

EMBED_V1: Table = {
    "embedding_types": (list,),
    "images": (list,),
    "input_type": (str,),
    "model": (str,),
    "texts": (list,),
    "truncate": (str,),
}

EMBED: Table = EMBED_V1 | {
    "inputs": (list,),
    "max_tokens": (int,),
    "output_dimension": (int,),
    "priority": (int,),
}

RERANK: Table = {
    "documents": (list,),
    "max_tokens_per_doc": (int,),
    "model": (str,),
    "priority": (int,),
    "query": (str,),
    "relevant_spans": (dict,),
    "top_n": (int,),
}

_ENGLISH = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}

_RANGES: dict[str, tuple[float, float]] = {
    "frequency_penalty": (0, 1),
    "k": (0, 500),
    "max_tokens": (1, 2**31),
    "num_generations": (1, 5),
    "p": (0.01, 0.99),
    "presence_penalty": (0, 1),
    "seed": (0, 2**64 - 1),
    "temperature": (0, 5),
}


def check(
    body: dict[str, Any],
    table: Mapping[str, tuple[type, ...]],
    page: str,
    required: tuple[str, ...] = (),
) -> None:
    """Raises what Cohere answers to the first parameter that is wrong."""
    check_names(body, table, page)
    for name in required:
        if not body.get(name):
            raise errors.invalid(f"{name} is required")
    for name, (least, most) in _RANGES.items():
        value = body.get(name)
        if value is not None and not least <= value <= most:
            raise errors.invalid(f"{name} must be between {least} and {most}, got {value}")
    if len(body.get("stop_sequences") or ()) > 5:
        raise errors.invalid("stop_sequences can have at most 5 elements")


def check_names(value: Any, table: Mapping[str, tuple[type, ...]], page: str) -> None:
    """The members of an object that is somewhere in the body."""
    if not isinstance(value, dict):
        raise errors.invalid("an element of the request should be of type object")
    for name, member in value.items():
        if name not in table:
            raise errors.unknown_field(name, page)
        expected = table[name]
        fits = isinstance(member, expected) and not (
            isinstance(member, bool) and bool not in expected
        )
        if member is not None and not fits:
            kinds = " or ".join(_ENGLISH[one] for one in expected)
            raise errors.wrong_type(name, kinds, page)

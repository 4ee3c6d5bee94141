# SPDX-License-Identifier: Apache-2.0
"""The types of the members, as Go's decoder checks them. Like it, this ignores unknown members."""

import base64
import binascii
from typing import Any

from . import errors

Table = dict[str, tuple[tuple[type, ...], str]]

NUMBER: tuple[type, ...] = (int, float)
_TEXT: tuple[tuple[type, ...], str] = ((str,), "string")
_FLAG: tuple[tuple[type, ...], str] = ((bool,), "bool")
_LIST: tuple[tuple[type, ...], str] = ((list,), "[]interface {}")
_MAP: tuple[tuple[type, ...], str] = ((dict,), "map[string]interface {}")
_ANY: tuple[tuple[type, ...], str] = ((str, dict, bool, int, float, list), "any")
_INTEGER: tuple[tuple[type, ...], str] = ((int,), "int")

_COMMON: Table = {
    "model": _TEXT,
    "stream": _FLAG,
    "format": _ANY,
    "keep_alive": _ANY,
    "options": _MAP,
    "think": ((bool, str), "bool"),
    "logprobs": _FLAG,
    "top_logprobs": _INTEGER,
}
CHAT: Table = _COMMON | {"messages": _LIST, "tools": _LIST}
GENERATE: Table = _COMMON | {
    "prompt": _TEXT,
    "suffix": _TEXT,
    "system": _TEXT,
    "template": _TEXT,
    "context": _LIST,
    "raw": _FLAG,
    "images": _LIST,
}
EMBED: Table = {
    "model": _TEXT,
    "input": _ANY,
    "truncate": _FLAG,
    "dimensions": _INTEGER,
    "keep_alive": _ANY,
    "options": _MAP,
}
MESSAGE: Table = {
    "role": _TEXT,
    "content": _TEXT,
    "thinking": _TEXT,
    "images": _LIST,
    "tool_calls": _LIST,
    "tool_name": _TEXT,
    "tool_call_id": _TEXT,
}

_INTEGERS = (
    "num_ctx",
    "num_batch",
    "num_gpu",
    "main_gpu",
    "num_thread",
    "num_keep",
    "seed",
    "num_predict",
    "top_k",
    "repeat_last_n",
)
_FLOATS = (
    "top_p",
    "min_p",
    "typical_p",
    "temperature",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
)
_OPTIONS: Table = {
    **dict.fromkeys(_INTEGERS, (NUMBER, "integer")),
    **dict.fromkeys(_FLOATS, (NUMBER, "float32")),
    "stop": ((list,), "array"),
    "use_mmap": ((bool,), "boolean"),
}

_GO = {
    bool: "bool",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def check(value: dict[str, Any], table: Table, place: str) -> None:
    for name, member in value.items():
        if name not in table or member is None:
            continue
        expected, go = table[name]
        if not _fits(member, expected):
            raise errors.wrong_type(_GO[type(member)], f"{place}.{name}", go)


def check_options(options: dict[str, Any] | None) -> None:
    for name, value in (options or {}).items():
        # An unknown option is a warning in the server's log.
        if name not in _OPTIONS or value is None:
            continue
        expected, go = _OPTIONS[name]
        if not _fits(value, expected):
            raise errors.wrong_option(name, go)
        if name == "stop" and not all(isinstance(text, str) for text in value):
            raise errors.wrong_option(name, "an array of strings")


def check_images(images: list[Any] | None, place: str) -> None:
    for image in images or ():
        if not isinstance(image, str):
            raise errors.wrong_type(_GO[type(image)], f"{place}.images", "[]uint8")
        try:
            base64.b64decode(image, validate=True)
        except binascii.Error:
            offset = next(
                (i for i, letter in enumerate(image) if not (letter.isalnum() or letter in "+/=")),
                len(image),
            )
            raise errors.APIError(400, f"illegal base64 data at input byte {offset}") from None


def _fits(value: Any, expected: tuple[type, ...]) -> bool:
    return isinstance(value, expected) and not (isinstance(value, bool) and bool not in expected)

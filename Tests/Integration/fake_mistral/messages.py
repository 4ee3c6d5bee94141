# SPDX-License-Identifier: Apache-2.0
"""What Mistral wants of messages: their members, the order of roles, the ids and pairs of calls."""

import re
from itertools import pairwise
from typing import Any

from . import errors, parameters
from .parameters import TEXT_OR_LIST, Table

_MEMBERS: dict[str, Table] = {
    "system": {"role": (str,), "content": TEXT_OR_LIST},
    "user": {"role": (str,), "content": TEXT_OR_LIST},
    "assistant": {
        "role": (str,),
        "content": TEXT_OR_LIST,
        "tool_calls": (list,),
        "prefix": (bool,),
    },
    "tool": {"role": (str,), "content": TEXT_OR_LIST, "tool_call_id": (str,), "name": (str,)},
}

# Who may speak behind whom.
_ORDER = {
    "system": ("user", "assistant", "system"),
    "user": ("assistant", "system", "user"),
    "assistant": ("assistant", "user", "tool"),
    "tool": ("assistant", "tool"),
}

_PARTS: dict[str, Table] = {
    "text": {"type": (str,), "text": (str,)},
    "image_url": {"type": (str,), "image_url": (str, dict)},
    "document_url": {"type": (str,), "document_url": (str,), "document_name": (str,)},
    "file": {"type": (str,), "file_id": (str,)},
    "input_audio": {"type": (str,), "input_audio": (str,)},
    "thinking": {"type": (str,), "thinking": (list,), "closed": (bool,), "signature": (str,)},
}

_CALL: Table = {"id": (str,), "type": (str,), "function": (dict,), "index": (int,)}
_FUNCTION: Table = {"name": (str,), "arguments": (str, dict)}
_ID = re.compile(r"[a-zA-Z0-9]{9}")


def check(messages: list[Any]) -> None:
    if not messages:
        raise errors.order("Conversation must have at least one message")
    for index, message in enumerate(messages):
        _check_message(message, index)
    for before, after in pairwise(messages):
        if after["role"] not in _ORDER[before["role"]]:
            raise errors.order(f"Unexpected role '{after['role']}' after role '{before['role']}'")
    last = messages[-1]
    if last["role"] == "assistant" and not last.get("prefix"):
        raise errors.order(
            "Expected last role User or Tool (or Assistant with prefix True) for serving but got "
            "assistant"
        )
    _check_pairs(messages)


def _check_message(message: Any, index: int) -> None:
    role = message.get("role") if isinstance(message, dict) else None
    if role not in _MEMBERS:
        raise errors.FieldError(
            "union_tag_invalid",
            ("messages", index),
            f"Input tag '{role}' found using 'role' does not match any of the expected tags",
            message,
        )
    place: parameters.Place = ("messages", index, role)
    required = () if role == "assistant" else ("content",)
    parameters.check(message, _MEMBERS[role], place, required)
    if isinstance(message.get("content"), list):
        for number, part in enumerate(message["content"]):
            _check_part(part, (*place, "content", number))
    for number, call in enumerate(message.get("tool_calls") or []):
        where = (*place, "tool_calls", number)
        parameters.check(call, _CALL, where, ("function",))
        parameters.check(call["function"], _FUNCTION, (*where, "function"), ("name", "arguments"))
        _check_id(call.get("id"))
    if role == "tool":
        _check_id(message.get("tool_call_id"))


def _check_part(part: Any, place: parameters.Place) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind not in _PARTS:
        raise errors.FieldError(
            "union_tag_invalid", place, f"Input tag '{kind}' found using 'type'", part
        )
    parameters.check(part, _PARTS[kind], place, (kind if kind != "file" else "file_id",))
    if kind == "image_url" and isinstance(part["image_url"], dict):
        known: Table = {"url": (str,), "detail": (str,)}
        parameters.check(part["image_url"], known, (*place, "image_url"), ("url",))


def _check_id(identifier: Any) -> None:
    if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
        raise errors.tool_id(identifier)


def _check_pairs(messages: list[Any]) -> None:
    expected: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            identifier = message["tool_call_id"]
            if identifier not in expected:
                raise errors.order(f"Unexpected tool call id {identifier} in tool results")
            expected.remove(identifier)
            continue
        if expected and message["role"] == "assistant":
            raise errors.order("Not the same number of function calls and responses")
        if message["role"] == "assistant":
            expected = {call["id"] for call in message.get("tool_calls") or []}
    if expected:
        raise errors.order("Not the same number of function calls and responses")

# SPDX-License-Identifier: Apache-2.0
"""What Cohere wants of the messages of a v2 conversation: their members, parts, order and pairs."""

from typing import Any

from . import errors, models, parameters

TEXT_OR_PARTS: tuple[type, ...] = (str, list)

_MEMBERS: dict[str, parameters.Table] = {
    "system": {"role": (str,), "content": TEXT_OR_PARTS},
    "user": {"role": (str,), "content": TEXT_OR_PARTS},
    "assistant": {
        "role": (str,),
        "content": TEXT_OR_PARTS,
        "tool_calls": (list,),
        "tool_plan": (str,),
        "citations": (list,),
    },
    "tool": {"role": (str,), "content": TEXT_OR_PARTS, "tool_call_id": (str,)},
}

_PARTS: dict[str, dict[str, type]] = {
    "system": {"text": str},
    "user": {"text": str, "image_url": dict},
    "assistant": {"text": str, "thinking": str},
    "tool": {"text": str, "document": dict},
}


def check(body: dict[str, Any], page: str) -> None:
    called: set[str] = set()
    answered: set[str] = set()
    for message in body["messages"]:
        role = message.get("role") if isinstance(message, dict) else None
        if role not in _MEMBERS:
            raise errors.invalid(f"messages must have a role of {sorted(_MEMBERS)}, got {role!r}")
        parameters.check_names(message, _MEMBERS[role], page)
        _check_content(message, role, body["model"], page)
        if role == "tool":
            identifier = message.get("tool_call_id")
            if identifier not in called:
                raise errors.invalid(f"tool_call_id {identifier!r} not found in previous calls")
            answered.add(identifier)
        elif called != answered:
            raise errors.invalid("tool calls must be followed by the results of all of them")
        for call in message.get("tool_calls") or []:
            called.add(_call_id(call, page))
    if called != answered:
        raise errors.invalid("tool calls must be followed by the results of all of them")
    if body["messages"][-1]["role"] not in ("user", "tool"):
        raise errors.invalid("the last message must have the role 'user' or 'tool'")


def _call_id(call: Any, page: str) -> str:
    parameters.check_names(call, {"id": (str,), "type": (str,), "function": (dict,)}, page)
    function = call.get("function") or {}
    parameters.check_names(function, {"name": (str,), "arguments": (str,)}, page)
    if call.get("type") != "function" or not call.get("id") or not function.get("name"):
        raise errors.invalid("tool_calls must have an id, the type 'function' and a function")
    return str(call["id"])


def _check_content(message: dict[str, Any], role: str, model: str, page: str) -> None:
    content = message.get("content")
    if not content:
        if role == "assistant" and message.get("tool_calls"):
            return
        raise errors.invalid(f"content of a message with role '{role}' must not be empty")
    if isinstance(content, str):
        return
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        expected = _PARTS[role].get(str(kind))
        if expected is None:
            raise errors.invalid(f"content type {kind!r} is not supported for role '{role}'")
        parameters.check_names(part, {"type": (str,), str(kind): (expected,)}, page)
        if not part.get(str(kind)):
            raise errors.invalid(f"content of type {kind!r} must not be empty")
        if kind == "image_url":
            _check_image(part["image_url"], model, page)


def _check_image(image: dict[str, Any], model: str, page: str) -> None:
    parameters.check_names(image, {"url": (str,), "detail": (str,)}, page)
    if model not in models.VISION:
        raise errors.invalid(f"image inputs are not supported by model '{model}'")
    if not str(image.get("url")).startswith(("data:image/", "https://", "http://")):
        raise errors.invalid("image_url.url must be a data URI or a web URL")
    if image.get("detail") not in (None, "auto", "low", "high"):
        raise errors.invalid("image_url.detail must be one of 'auto', 'low' or 'high'")

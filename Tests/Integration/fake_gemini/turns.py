# SPDX-License-Identifier: Apache-2.0
"""The rules about contents: roles, parts, the order of turns, and signed thoughts."""

import base64
from typing import Any

from . import errors, models

_DATA = ("text", "inlineData", "fileData", "functionCall", "functionResponse")
# Google's word for a history that another model wrote.
_SKIP = "skip_thought_signature_validator"


def check(contents: list[dict[str, Any]], model: str, is_vertex: bool) -> None:
    if not contents:
        raise errors.invalid("* GenerateContentRequest.contents: contents is not specified\n")
    for index, content in enumerate(contents):
        _check_content(content, index, is_vertex)
    _check_order(contents)
    if models.signs_thoughts(model):
        _check_signatures(contents)


def _check_content(content: dict[str, Any], index: int, is_vertex: bool) -> None:
    role = content.get("role", None if is_vertex else "user")
    if role not in ("user", "model", "function"):
        raise errors.invalid("Please use a valid role: user, model.")
    parts = content.get("parts") or []
    place = f"* GenerateContentRequest.contents[{index}].parts"
    if not parts:
        raise errors.invalid(f"{place}: contents.parts must not be empty.\n")
    for number, part in enumerate(parts):
        data = [name for name in _DATA if name in part]
        if len(data) != 1:
            raise errors.invalid(
                f"{place}[{number}].data: required oneof field 'data' must have one initialized "
                "field\n"
            )
        check_data(part, f"{place}[{number}]", is_vertex)
        if "functionCall" in part and role != "model":
            raise errors.invalid(f"{place}[{number}]: function_call is for the role 'model'\n")
        if "functionResponse" in part and role == "model":
            raise errors.invalid(f"{place}[{number}]: function_response is not for 'model'\n")


def check_data(part: dict[str, Any], place: str, is_vertex: bool) -> None:
    blob, file = part.get("inlineData"), part.get("fileData")
    if blob is not None and not (blob.get("mimeType") and blob.get("data")):
        raise errors.invalid(f"{place}.inline_data: mime_type and data are required\n")
    if blob is not None and "/" not in blob["mimeType"]:
        raise errors.invalid(f"Unsupported MIME type: {blob['mimeType']}")
    if file is not None:
        if not file.get("fileUri", "").startswith(("https://", "http://", "gs://")):
            raise errors.invalid(f"{place}.file_data.file_uri: Invalid or unsupported file uri\n")
        mime = file.get("mimeType")
        if is_vertex and not mime:
            raise errors.invalid(
                "Unable to submit request because the mimeType parameter is empty."
            )
        if mime == "image/generic":
            raise errors.invalid("Unsupported MIME type: image/generic")
    call = part.get("functionCall") or part.get("functionResponse")
    if call is not None and not call.get("name"):
        raise errors.invalid(f"{place}.function.name: Name cannot be empty.\n")
    if "functionResponse" in part and "response" not in part["functionResponse"]:
        raise errors.invalid(f"{place}.function_response.response: required field missing\n")


def _check_order(contents: list[dict[str, Any]]) -> None:
    for index, content in enumerate(contents):
        before = contents[index - 1] if index else None
        calls = _all(content, "functionCall")
        results = _all(content, "functionResponse")
        if calls and (before is None or before.get("role") == "model"):
            raise errors.invalid(
                "Please ensure that function call turn comes immediately after a user turn or "
                "after a function response turn."
            )
        if results:
            asked = _all(before or {}, "functionCall")
            if not asked:
                raise errors.invalid(
                    "Please ensure that function response turn comes immediately after a "
                    "function call turn."
                )
            _check_pairs(asked, results)
        elif before is not None and _all(before, "functionCall"):
            raise errors.invalid(
                "Please ensure that function response turn comes immediately after a function "
                "call turn."
            )
    if contents[-1].get("role") == "model":
        return  # A prefix that the model goes on from.


def _check_pairs(calls: list[dict[str, Any]], results: list[dict[str, Any]]) -> None:
    if len(calls) != len(results):
        raise errors.invalid(
            "Please ensure that the number of function response parts is equal to the number of "
            "function call parts of the function call turn."
        )
    for call, result in zip(calls, results, strict=True):
        if call["name"] != result["name"] or call.get("id") != result.get("id"):
            raise errors.invalid(
                "Please ensure that the function response parts match the function call parts "
                f"of the function call turn: {result['name']} is not {call['name']}."
            )


def _all(content: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [part[name] for part in content.get("parts") or [] if name in part]


def signature(name: str) -> str:
    """What the model signs a call with."""
    return base64.b64encode(f"thought of {name} \x00\xff~".encode("latin-1")).decode()


def _bytes(text: str) -> bytes:
    # Either alphabet counts: the SDK writes the one for addresses.
    return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_"))


def _check_signatures(contents: list[dict[str, Any]]) -> None:
    """The first call of each step since the person spoke last is signed."""
    spoken = [
        index
        for index, content in enumerate(contents)
        if content.get("role") != "model" and not _all(content, "functionResponse")
    ]
    for index, content in enumerate(contents):
        calls = [part for part in content["parts"] if "functionCall" in part]
        for number, part in enumerate(calls):
            name, given = part["functionCall"]["name"], part.get("thoughtSignature")
            if given is None:
                if number == 0 and index > (spoken[-1] if spoken else -1):
                    raise errors.invalid(
                        "Function call is missing a thought_signature in functionCall parts. "
                        "This is required for tools to work correctly, and missing "
                        "thought_signature may lead to degraded model performance. Additional "
                        f"data, function call `default_api:{name}` , position {index + 1}."
                    )
            elif given != _SKIP and _bytes(given) != _bytes(signature(name)):
                raise errors.invalid("Corrupted thought signature.")

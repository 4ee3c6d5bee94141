# SPDX-License-Identifier: Apache-2.0
"""Converse's rules about messages, in the words of the service."""

import base64
import itertools
import re
from typing import Any

from .errors import APIError, invalid, model_refused
from .models import ChatModel

_MAGIC = {
    "png": b"\x89PNG",
    "jpeg": b"\xff\xd8\xff",
    "gif": b"GIF8",
    "webp": b"RIFF",
}
_DOCUMENT_NAME = re.compile(r"(?!.*\s\s)[A-Za-z0-9\s\-()\[\]]{1,200}")


def check(body: dict[str, Any], model: ChatModel) -> None:
    messages = body.get("messages") or []
    _check_turns(messages)
    for index, message in enumerate(messages):
        _check_content(message, f"messages.{index}", model)
    for index, block in enumerate(body.get("system") or []):
        _check_text(block, f"system.{index}")
    _check_documents(messages)
    _check_tools(messages, body.get("toolConfig"))


def _check_turns(messages: list[dict[str, Any]]) -> None:
    if not messages:
        raise invalid("A conversation must have at least one message.")
    if messages[0]["role"] != "user":
        raise invalid(
            "A conversation must start with a user message. "
            "Try again with a conversation that starts with a user message."
        )
    for one, next_one in itertools.pairwise(messages):
        if one["role"] == next_one["role"]:
            raise invalid(
                "A conversation must alternate between user and assistant roles. Make sure the "
                "conversation alternates between user and assistant roles and try again."
            )


def _check_content(message: dict[str, Any], place: str, model: ChatModel) -> None:
    if not message["content"]:
        raise invalid(
            f"The content field in the Message object at {place} is empty. "
            "Add a ContentBlock object to the content field and try again."
        )
    is_user = message["role"] == "user"
    for index, block in enumerate(message["content"]):
        where = f"{place}.content.{index}"
        _check_text(block, where)
        for kind in ("image", "document", "audio", "video", "toolResult"):
            if kind in block and not is_user:
                raise invalid(f"The {kind} field at {where} is only allowed in user messages.")
        if "toolUse" in block and is_user:
            raise invalid(f"The toolUse field at {where} is only allowed in assistant messages.")
        for part in (block, *block.get("toolResult", {}).get("content", [])):
            if "image" in part:
                _check_image(part["image"], where, model)
    if message["role"] == "assistant":
        last = message["content"][-1].get("text", "")
        if last != last.rstrip():
            raise model_refused("final assistant content cannot end with trailing whitespace")


def _check_text(block: dict[str, Any], place: str) -> None:
    for part in (block, *block.get("toolResult", {}).get("content", [])):
        if "text" in part and not part["text"].strip():
            raise invalid(
                f"The text field in the ContentBlock object at {place} is blank. "
                "Add text to the text field, and try again."
            )


def _check_image(image: dict[str, Any], place: str, model: ChatModel) -> None:
    if not model.has_images:
        raise invalid("This model doesn't support the image content block that you provided.")
    data = image["source"].get("bytes")
    if data is not None and not base64.b64decode(data).startswith(_MAGIC[image["format"]]):
        raise model_refused(
            f"{place}: the image was specified using the image/{image['format']} media type, but "
            "it appears to be of another type"
        )


def _check_documents(messages: list[dict[str, Any]]) -> None:
    names: list[str] = []
    for message in messages:
        documents = [block["document"] for block in message["content"] if "document" in block]
        if documents and not any("text" in block for block in message["content"]):
            raise invalid("The message must include a text block when it has a document.")
        for document in documents:
            if not _DOCUMENT_NAME.fullmatch(document["name"]):
                raise invalid(
                    "The document file name can only contain alphanumeric characters, whitespace "
                    "characters, hyphens, parentheses, and square brackets. The name can't contain "
                    "more than one consecutive whitespace character. Edit the file name and try "
                    "again."
                )
            names.append(document["name"])
    if len(set(names)) != len(names):
        raise invalid(
            "Messages can not contain duplicate document names. Remove or rename the duplicates "
            "and try again."
        )


def _check_tools(messages: list[dict[str, Any]], config: Any) -> None:
    waiting: list[str] = []
    for index, message in enumerate(messages):
        uses = [x["toolUse"]["toolUseId"] for x in message["content"] if "toolUse" in x]
        results = [x["toolResult"]["toolUseId"] for x in message["content"] if "toolResult" in x]
        if (uses or results) and not config:
            raise invalid(
                "The toolConfig field must be defined when using toolUse and toolResult "
                "content blocks."
            )
        _check_results(f"messages.{index}.content", message, waiting, results)
        if len(set(uses)) != len(uses):
            raise model_refused(f"messages.{index}: `tool_use` ids must be unique")
        for block in message["content"]:
            if "toolUse" in block and not isinstance(block["toolUse"]["input"], dict):
                raise _not_an_object(f"messages.{index}")
        waiting = uses
    if waiting:
        raise _missing(f"messages.{len(messages)}.content", waiting)
    for tool in (config or {}).get("tools", []):
        if "toolSpec" in tool and tool["toolSpec"]["inputSchema"]["json"].get("type") != "object":
            raise invalid(
                "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of "
                "the following: object."
            )


def _check_results(
    place: str, message: dict[str, Any], waiting: list[str], results: list[str]
) -> None:
    if len(results) > len(waiting):
        raise invalid(
            f"The number of toolResult blocks at {place} exceeds the number of toolUse blocks of "
            "previous turn."
        )
    missing = [id for id in waiting if id not in results]
    if missing:
        raise _missing(place, missing)
    kinds = ["toolResult" in block for block in message["content"]]
    if results and kinds != sorted(kinds, reverse=True):
        raise model_refused(f"{place}: `tool_result` blocks must come first")


def _missing(place: str, ids: list[str]) -> APIError:
    return invalid(f"Expected toolResult blocks at {place} for the following Ids: {', '.join(ids)}")


def _not_an_object(place: str) -> APIError:
    return invalid(
        f"The format of the value at {place}.content.0.toolUse.input is invalid. "
        "Provide a json object for the field and try again."
    )

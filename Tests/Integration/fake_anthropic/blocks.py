# SPDX-License-Identifier: Apache-2.0
"""The blocks of which messages consist."""

import base64
import binascii
import re
from typing import Any

from . import errors
from .shapes import TEXT_OR_LIST, Shape, check, nullable, optional, required, tagged

NEW_VERSION = "2026-10-21"

_CACHE: Shape = {
    "type": required(str, choices=("ephemeral",)),
    "ttl": optional(str, choices=("5m", "1h")),
}
_CACHED: Shape = {"cache_control": nullable(dict)}

_TEXT: Shape = {"text": required(str), "citations": nullable(list)} | _CACHED
_IMAGE: Shape = {"source": required(dict), "transformations": nullable(dict)} | _CACHED
_DOCUMENT: Shape = {
    "source": required(dict),
    "title": nullable(str),
    "context": nullable(str),
    "citations": nullable(dict),
} | _CACHED
_TOOL_USE: Shape = {
    "id": required(str),
    "name": required(str),
    "input": required(dict),
    "caller": optional(dict),
} | _CACHED
_TOOL_RESULT: Shape = {
    "tool_use_id": required(str),
    "content": optional(*TEXT_OR_LIST),
    "is_error": optional(bool),
} | _CACHED
_THINKING: Shape = {"thinking": required(str), "signature": required(str)}
_REDACTED: Shape = {"data": required(str)}

_USER: dict[str, Shape] = {
    "text": _TEXT,
    "image": _IMAGE,
    "document": _DOCUMENT,
    "tool_result": _TOOL_RESULT,
}
_ASSISTANT: dict[str, Shape] = {
    "text": _TEXT,
    "tool_use": _TOOL_USE,
    "thinking": _THINKING,
    "redacted_thinking": _REDACTED,
}
_RESULT: dict[str, Shape] = {"text": _TEXT, "image": _IMAGE, "document": _DOCUMENT}

_IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_IMAGE_SOURCES: dict[str, Shape] = {
    "base64": {"media_type": required(str, choices=_IMAGE_TYPES), "data": required(str)},
    "url": {"url": required(str)},
    "file": {"file_id": required(str)},
}
_DOCUMENT_SOURCES: dict[str, Shape] = {
    "base64": {"media_type": required(str, choices=("application/pdf",)), "data": required(str)},
    "text": {"media_type": required(str, choices=("text/plain",)), "data": required(str)},
    "content": {"content": required(*TEXT_OR_LIST)},
    "url": {"url": required(str)},
    "file": {"file_id": required(str)},
}

# What each kind of image begins with.
_SIGNATURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
    "application/pdf": b"%PDF-",
}
_ID = re.compile(r"[a-zA-Z0-9_-]+")


def of_content(content: Any, role: str, place: str, version: str) -> list[dict[str, Any]]:
    """The blocks of a message, checked; a text is one block."""
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    kinds = _ASSISTANT if role == "assistant" else _USER if role == "user" else {"text": _TEXT}
    if role == "assistant" and version < NEW_VERSION:
        kinds = kinds | {"document": _DOCUMENT}
    return [
        _block(block, kinds, f"{place}.content.{index}", role, version)
        for index, block in enumerate(content)
    ]


def _block(
    block: Any, kinds: dict[str, Shape], place: str, role: str, version: str
) -> dict[str, Any]:
    kind = tagged(block, kinds, place)
    if block.get("cache_control") is not None:
        check(block["cache_control"], _CACHE, f"{place}.{kind}.cache_control")
    if kind == "text":
        _check_text(block, f"{place}.text", role, version)
    elif kind == "image":
        _check_source(block["source"], _IMAGE_SOURCES, f"{place}.image.source")
    elif kind == "document":
        _check_source(block["source"], _DOCUMENT_SOURCES, f"{place}.document.source")
    elif kind == "tool_use":
        _check_id(block["id"], f"{place}.tool_use.id")
    elif kind == "tool_result":
        _check_id(block["tool_use_id"], f"{place}.tool_result.tool_use_id")
        content = block.get("content", "")
        for index, part in enumerate(content if isinstance(content, list) else []):
            _block(part, _RESULT, f"{place}.tool_result.content.{index}", role, version)
    return dict(block)


def _check_text(block: dict[str, Any], place: str, role: str, version: str) -> None:
    if not block["text"]:
        raise errors.invalid("messages: text content blocks must be non-empty")
    if not block["text"].strip():
        raise errors.invalid("messages: text content blocks must contain non-whitespace text")
    if version >= NEW_VERSION and role == "user" and block.get("citations"):
        raise errors.invalid(f"{place}.citations: Extra inputs are not permitted")


def _check_source(source: dict[str, Any], kinds: dict[str, Shape], place: str) -> None:
    kind = tagged(source, kinds, place)
    if kind == "url" and not source["url"].startswith(("http://", "https://")):
        raise errors.invalid(f"{place}.url.url: Only HTTP(S) URLs are supported.")
    if kind != "base64":
        return
    try:
        data = base64.b64decode(source["data"], validate=True)
    except binascii.Error as problem:
        raise errors.invalid(f"{place}.base64.data: {problem}") from problem
    if not data.startswith(_SIGNATURES[source["media_type"]]):
        raise errors.invalid(
            f"{place}.base64: The data does not appear to be a valid {source['media_type']}"
        )


def _check_id(value: str, place: str) -> None:
    if not _ID.fullmatch(value):
        raise errors.invalid(f"{place}: String should match pattern '^[a-zA-Z0-9_-]+$'")

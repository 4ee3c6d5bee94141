# SPDX-License-Identifier: Apache-2.0
"""The rules of a conversation: who may speak when, and that each call of a tool gets its result."""

from typing import Any

from . import blocks, errors
from .models import Model
from .shapes import TEXT_OR_LIST, Shape, check, required

Turn = tuple[str, list[dict[str, Any]]]

_MESSAGE: Shape = {
    "role": required(str, choices=("user", "assistant", "system")),
    "content": required(*TEXT_OR_LIST),
}


def checked(body: dict[str, Any], model: Model, version: str) -> list[Turn]:
    """The turns, with consecutive messages of one role combined as the provider does."""
    messages = body["messages"]
    if not messages:
        raise errors.invalid("messages: at least one message is required")
    turns: list[Turn] = []
    for index, message in enumerate(messages):
        place = f"messages.{index}"
        check(message, _MESSAGE, place)
        role = message["role"]
        if role == "system":
            _check_instruction(turns, model, place)
        content = blocks.of_content(message["content"], role, place, version)
        if not content and not (role == "assistant" and index == len(messages) - 1):
            raise errors.invalid(
                f"{place}: all messages must have non-empty content except for the optional "
                "final assistant message"
            )
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(content)
        else:
            turns.append((role, content))
    if turns[0][0] != "user":
        raise errors.invalid('messages: first message must use the "user" role')
    _check_tools(turns)
    _check_end(turns, model)
    return turns


def _check_instruction(turns: list[Turn], model: Model, place: str) -> None:
    if not model.takes_later_instructions:
        raise errors.invalid(f"{place}: role 'system' is not supported on this model")
    if not turns or turns[-1][0] != "user":
        raise errors.invalid(f"{place}: role 'system' must follow a 'user' message")


def _check_tools(turns: list[Turn]) -> None:
    for index, (role, content) in enumerate(turns):
        if role == "assistant":
            following = turns[index + 1][1] if index + 1 < len(turns) else []
            _check_calls(index, content, following, index + 1 == len(turns))
        elif role == "user":
            before = turns[index - 1][1] if index else []
            _check_results(index, content, before)


def _check_calls(
    index: int, content: list[dict[str, Any]], following: list[dict[str, Any]], is_last: bool
) -> None:
    calls = [block["id"] for block in content if block["type"] == "tool_use"]
    if len(set(calls)) != len(calls):
        raise errors.invalid(f"messages.{index}: `tool_use` ids must be unique")
    results = {block.get("tool_use_id") for block in following}
    missing = [call for call in calls if call not in results]
    if missing:
        raise errors.invalid(
            f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately "
            f"after: {', '.join(missing)}. Each `tool_use` block must have a corresponding "
            "`tool_result` block in the next message."
        )


def _check_results(index: int, content: list[dict[str, Any]], before: list[dict[str, Any]]) -> None:
    calls = [block["id"] for block in before if block["type"] == "tool_use"]
    seen: set[str] = set()
    has_other = False
    for number, block in enumerate(content):
        if block["type"] != "tool_result":
            has_other = True
            continue
        place = f"messages.{index}.content.{number}"
        if block["tool_use_id"] not in calls:
            raise errors.invalid(
                f"{place}: unexpected `tool_use_id` found in `tool_result` blocks: "
                f"{block['tool_use_id']}. Each `tool_result` block must have a corresponding "
                "`tool_use` block in the previous message."
            )
        if block["tool_use_id"] in seen:
            raise errors.invalid(
                f"{place}: each tool_use must have a single result. Found multiple `tool_result` "
                f"blocks with id: {block['tool_use_id']}"
            )
        if has_other:
            raise errors.invalid(f"{place}: `tool_result` blocks must come first in the content")
        seen.add(block["tool_use_id"])


def _check_end(turns: list[Turn], model: Model) -> None:
    role, content = turns[-1]
    if role != "assistant":
        return
    if not model.takes_prefill:
        raise errors.invalid(
            "This model does not support assistant message prefill. The conversation must end "
            "with a user message."
        )
    if content and content[-1]["type"] == "text":
        text = content[-1]["text"]
        if text != text.rstrip():
            raise errors.invalid(
                "messages: final assistant content cannot end with trailing whitespace"
            )

# SPDX-License-Identifier: Apache-2.0
"""A message as named events: its head, its blocks one after the other, its end."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fake_provider import Answer, answer

from . import errors, usage

if TYPE_CHECKING:
    from .messages import Said


def of(said: "Said") -> Answer:
    return _Stream(said).answer()


class _Stream:
    def __init__(self, said: "Said") -> None:
        self.said = said
        self.plan = said.plan
        self.events: list[bytes] = []
        self.deltas = 0

    def answer(self) -> Answer:
        for leading in self.plan.leading_events:
            self._event(leading)
        self._start()
        if all(self._block(index, block) for index, block in enumerate(self.said.content)):
            self._end()
        result = answer.of_events(self.events)
        result.usage = self.said.usage if self.plan.reports_usage else None
        return result

    def _start(self) -> None:
        stop = {"stop_reason": None, "stop_sequence": None, "stop_details": None}
        message = self.said.message([], stop)
        if self.plan.reports_usage:
            # What is known of the output at this point is one token, which counts again at the end.
            message["usage"] = self.said.usage | {"output_tokens": 1}
            message["usage"].pop("output_tokens_details", None)
        self._event({"type": "message_start", "message": message})

    def _block(self, index: int, block: dict[str, Any]) -> bool:
        """False when an error event ended the stream."""
        kind = block["type"]
        empty: dict[str, dict[str, Any]] = {
            "text": {"text": ""},
            "thinking": {"thinking": "", "signature": ""},
            "tool_use": {"input": {}},
        }
        content = block | empty[kind]
        self._event({"type": "content_block_start", "index": index, "content_block": content})
        if index == 0:
            self._event({"type": "ping"})
        for delta in self._all_deltas(block):
            if kind != "thinking" and self.deltas == self.plan.error_event_after:
                self._event(errors.overloaded().body)
                return False
            self.deltas += kind != "thinking"
            self._event({"type": "content_block_delta", "index": index, "delta": delta})
        self._event({"type": "content_block_stop", "index": index})
        return True

    def _all_deltas(self, block: dict[str, Any]) -> list[dict[str, Any]]:
        if block["type"] == "text":
            return [{"type": "text_delta", "text": text} for text in self.plan.texts()]
        if block["type"] == "thinking":
            thoughts = usage.THOUGHTS if block["thinking"] else ()
            deltas = [{"type": "thinking_delta", "thinking": text} for text in thoughts]
            return [*deltas, {"type": "signature_delta", "signature": block["signature"]}]
        arguments = next(call.arguments for call in self.plan.tool_calls if call.id == block["id"])
        pieces = [arguments[start : start + 4] for start in range(0, len(arguments), 4)]
        # The first piece is always empty; a call without arguments has no other.
        return [{"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces)]

    def _end(self) -> None:
        end: dict[str, Any] = {"type": "message_delta", "delta": self.said.stop}
        if self.plan.reports_usage:
            names = (
                "input_tokens",
                "cache_creation_input_tokens",
                "cache_read_input_tokens",
                "output_tokens",
                "output_tokens_details",
            )
            record = self.said.usage
            end["usage"] = {name: record[name] for name in names if name in record}
        self._event(end)
        if self.plan.ends_with_done:
            self._event({"type": "message_stop"})

    def _event(self, value: Mapping[str, Any]) -> None:
        self.events.append(named(value, self.plan.line_ending))


def named(value: Mapping[str, Any], line_ending: bytes) -> bytes:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    name = b"event: " + str(value["type"]).encode() + line_ending
    return name + b"data: " + text.encode() + line_ending * 2

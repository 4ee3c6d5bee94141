# SPDX-License-Identifier: Apache-2.0
"""An answer without its ids and times, so that a stream can be held against a plain one."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from openai.types.chat import ChatCompletion, ChatCompletionChunk

from harness.sdk import usage_of


@dataclass
class Call:
    # Where the provider gives none, each answer has ids of its own.
    id: str = field(compare=False)
    name: str
    arguments: str


@dataclass
class Whole:
    text: str = ""
    refusal: str = ""
    calls: list[Call] = field(default_factory=list)
    reason: str | None = None
    usage: tuple[int, int, int] | None = None

    @staticmethod
    def of(answer: ChatCompletion) -> "Whole":
        choice = answer.choices[0]
        whole = Whole(choice.message.content or "", choice.message.refusal or "")
        for call in choice.message.tool_calls or []:
            assert call.type == "function"
            whole.calls.append(Call(call.id, call.function.name, call.function.arguments))
        whole.reason = choice.finish_reason
        whole.usage = usage_of(answer.usage) if answer.usage else None
        return whole


def put_together(chunks: Iterable[ChatCompletionChunk]) -> Whole:
    """Of choice 0, as every client does it."""
    whole = Whole()
    roles = []
    for chunk in chunks:
        if chunk.usage:
            whole.usage = usage_of(chunk.usage)
        for choice in chunk.choices:
            assert choice.index == 0
            assert whole.reason is None, "something follows the finish reason"
            delta = choice.delta
            roles += [delta.role] if delta.role else []
            whole.text += delta.content or ""
            whole.refusal += delta.refusal or ""
            for call in delta.tool_calls or []:
                if call.index == len(whole.calls):
                    assert call.id and call.type == "function"
                    assert call.function and call.function.name
                    whole.calls.append(Call(call.id, call.function.name, ""))
                assert call.function
                whole.calls[call.index].arguments += call.function.arguments or ""
            whole.reason = choice.finish_reason
    assert roles[:1] == ["assistant"], f"roles: {roles}"
    return whole

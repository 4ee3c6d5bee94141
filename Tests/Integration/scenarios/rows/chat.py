# SPDX-License-Identifier: Apache-2.0
"""Conversations."""

from typing import Any

from harness.sdk import numbered, usage_of, user
from scenarios.bench import Bench
from scenarios.scenario import scenario

GROUP = "Chat"


@scenario("plain", "an answer", GROUP)
def plain(bench: Bench) -> None:
    answer = bench.chat(messages=user("one two three"))
    assert answer.object == "chat.completion"
    choice = answer.choices[0]
    assert choice.message.role == "assistant"
    assert choice.message.content == numbered(5)
    assert not choice.message.tool_calls
    assert choice.finish_reason == "stop"
    assert answer.usage
    assert usage_of(answer.usage) == bench.reported == bench.logged_usage()
    bench.reached("one two three")


@scenario("stream", "a streamed answer", GROUP)
def stream(bench: Bench) -> None:
    whole = bench.both({"tokens": 12}, messages=user("one two three"))
    assert whole.text == numbered(12)
    assert whole.reason == "stop"
    assert whole.usage == bench.reported
    assert bench.logged_usage(0) == bench.logged_usage(1) == whole.usage


@scenario("stream-silent", "a stream without usage for who does not ask for it", GROUP)
def stream_silent(bench: Bench) -> None:
    chunks = bench.chunks(asks_for_usage=False)
    assert all(chunk.usage is None for chunk in chunks)
    assert all(chunk.choices for chunk in chunks if not (chunk.model_extra or {}))
    # It is counted all the same.
    assert bench.logged_usage() == bench.reported


@scenario("multi-turn", "several turns", GROUP)
def multi_turn(bench: Bench) -> None:
    turns: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "first question"},
        {"role": "assistant", "content": "first answer"},
        {"role": "user", "content": "second question"},
        {"role": "assistant", "content": "second answer"},
        {"role": "user", "content": "third question"},
    ]
    assert bench.both({}, messages=turns).text == numbered(5)
    bench.reached(*(turn["content"] for turn in turns))


@scenario("systems", "several system messages", GROUP)
def systems(bench: Bench) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "first rule"},
        {"role": "system", "content": [{"type": "text", "text": "second rule"}]},
        *user(),
    ]
    assert bench.chat(messages=messages).choices[0].message.content == numbered(5)
    bench.reached("first rule", "second rule")


@scenario("developer", "the role `developer`", GROUP)
def developer(bench: Bench) -> None:
    messages: list[Any] = [{"role": "developer", "content": "only rule"}, *user()]
    assert bench.chat(messages=messages).choices[0].message.content == numbered(5)
    bench.reached("only rule")


@scenario("parts", "content in parts", GROUP)
def parts(bench: Bench) -> None:
    content = [{"type": "text", "text": text} for text in ("part one", "part two")]
    messages: list[Any] = [{"role": "user", "content": content}]
    assert bench.chat(messages=messages).choices[0].message.content == numbered(5)
    bench.reached("part one", "part two")


@scenario("unicode", "any character, byte for byte", GROUP)
def unicode(bench: Bench) -> None:
    text = 'é 日本 👩\u200d🚀 "\\ \u2028 \u0085 \t\n end'
    whole = bench.both({"tokens": [text[:4], text[4:9], text[9:]]}, messages=user(text))
    assert whole.text == text

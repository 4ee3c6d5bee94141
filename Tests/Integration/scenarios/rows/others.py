# SPDX-License-Identifier: Apache-2.0
"""Completions and embeddings."""

import base64
import struct
from typing import Any

from harness.sdk import numbered, usage_of
from scenarios.bench import Bench, strict
from scenarios.scenario import scenario

GROUP = "Other APIs"


@scenario("completion", "a completion", GROUP, "completions")
def completion(bench: Bench) -> None:
    model = bench.case.completions or ""
    answer = strict(bench.sdk.completions.create(model=model, prompt="one two"))
    assert answer.object == "text_completion"
    assert answer.choices[0].text == numbered(5)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage and usage_of(answer.usage) == bench.reported == bench.logged_usage()
    bench.reached("one two")


@scenario("completion-stream", "a streamed completion", GROUP, "completions")
def completion_stream(bench: Bench) -> None:
    ask: dict[str, Any] = {"model": bench.case.completions, "prompt": "one two"}
    ask["stream_options"] = {"include_usage": True}
    with bench.sdk.completions.create(stream=True, **ask) as stream:
        values = list(stream)
    texts = [choice.text for value in values for choice in value.choices]
    assert "".join(texts) == numbered(5)
    reasons = [choice.finish_reason for value in values for choice in value.choices]
    assert [reason for reason in reasons if reason] == ["stop"]
    usage = [value.usage for value in values if value.usage][-1]
    assert usage_of(usage) == bench.reported == bench.logged_usage()


@scenario("embeddings-float", "embeddings as numbers", GROUP, "embeddings")
def embeddings_float(bench: Bench) -> None:
    answer = _embed(bench, ["one two", "three"], encoding_format="float")
    assert [one.index for one in answer.data] == [0, 1]
    assert answer.data[0].embedding != answer.data[1].embedding
    assert all(isinstance(number, float) for one in answer.data for number in one.embedding)
    assert answer.usage.prompt_tokens == bench.reported[0]
    logged = bench.logged()["usage"]
    assert (logged["prompt_tokens"], logged["total_tokens"]) == (
        answer.usage.prompt_tokens,
        answer.usage.total_tokens,
    )
    bench.reached("one two", "three")


@scenario("embeddings-base64", "embeddings in base64", GROUP, "embeddings")
def embeddings_base64(bench: Bench) -> None:
    expected = _embed(bench, "one two", encoding_format="float").data[0].embedding
    # Without a word of ours the SDK asks for base64 and decodes it.
    assert _embed(bench, "one two").data[0].embedding == expected
    encoded: Any = _embed(bench, "one two", encoding_format="base64").data[0].embedding
    if isinstance(encoded, str):
        data = base64.b64decode(encoded)
        encoded = list(struct.unpack(f"<{len(data) // 4}f", data))
    assert encoded == expected


def _embed(bench: Bench, inputs: Any, **more: Any) -> Any:
    model = bench.case.embeddings or ""
    return bench.sdk.embeddings.create(model=model, input=inputs, **more)

# SPDX-License-Identifier: Apache-2.0
"""Streams on a bad day."""

import httpx
import openai
import pytest

from fake_provider import Cut, Gate, every
from harness.sdk import numbered, user
from scenarios.bench import Bench
from scenarios.scenario import scenario

GROUP = "Streams"


def _cut(cut: Cut) -> None:
    @scenario(f"cut-{cut.value}", f"cut by the provider ({cut.value}): an error, no end", GROUP)
    def run(bench: Bench) -> None:
        bench.fake.plan(tokens=50)
        bench.chunks()
        half = len(bench.fake.last.response_body) // 2
        bench.fake.plan(tokens=50, cut_after=half, cut=cut)
        with pytest.raises((openai.APIError, httpx.HTTPError)):
            bench.chunks()


for _one in Cut:
    _cut(_one)


@scenario("error-in-stream", "an error inside of a stream", GROUP)
def error_in_stream(bench: Bench) -> None:
    bench.fake.plan(tokens=6, error_event_after=2)
    text = ""
    ask = {"model": bench.case.model, "messages": user()}
    stream = bench.sdk.chat.completions.create(stream=True, **ask)  # type: ignore[call-overload]
    with pytest.raises(openai.APIError) as caught:
        for chunk in stream:
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
    stream.close()
    assert text == numbered(2)
    assert caught.value.message


@scenario("prompt", "each event leaves as soon as it is complete", GROUP)
def prompt(bench: Bench) -> None:
    gate = Gate()
    bench.fake.plan(tokens=3, gate=gate)
    gate.release(bench.case.pieces_to_text)
    ask = {"model": bench.case.model, "messages": user()}
    with bench.sdk.chat.completions.create(stream=True, **ask) as stream:  # type: ignore[call-overload]
        texts = (choice.delta.content for chunk in stream for choice in chunk.choices)
        pieces = (text for text in texts if text)
        # The provider has not sent the second before the first is here.
        assert next(pieces) == "t0"
        gate.release()
        assert next(pieces) == " t1"
        gate.open()
        assert "".join(pieces) == " t2"


@scenario("one-byte", "a byte at a time, characters split", GROUP)
def one_byte(bench: Bench) -> None:
    tokens = ["日", "👩\u200d🚀\u2028"]
    bench.fake.plan(tokens=tokens, split=every(1))
    assert bench.streamed().text == "".join(tokens)
    bench.fake.plan(tokens=tokens, split=every(3))
    assert bench.chat().choices[0].message.content == "".join(tokens)


@scenario("gzip", "a provider that compresses, asked for it or not", GROUP)
def gzip(bench: Bench) -> None:
    whole = bench.both({"tokens": 300, "gzip": True})
    assert whole.text == numbered(300)
    assert whole.usage == bench.reported == bench.logged_usage(0) == bench.logged_usage(1)

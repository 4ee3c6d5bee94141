# SPDX-License-Identifier: Apache-2.0
"""Completions, embeddings and preserve."""

import base64
import struct
from typing import Any

import pytest

from fake_openai import KEY, FakeOpenAI, every
from fake_openai.embeddings import vector
from harness import Gateway, LogFile, request
from harness.sdk import client, numbered, usage_of, user
from tests.events import without_usage


def test_a_completion_is_the_providers(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    sdk = client(f"{gateway.url}/completions", test_id)
    answer = sdk.completions.create(model="gpt-3.5-turbo-instruct", prompt="Say numbers.")
    assert answer.choices[0].text == numbered(5)
    assert answer.usage
    logged = log_file.entry(test_id)["ai"]["proxy"]["usage"]
    assert usage_of(logged) == usage_of(answer.usage)


@pytest.mark.parametrize("size", [1, 5, 100_000])
@pytest.mark.parametrize("asks", [True, False], ids=["asked", "silent"])
def test_a_streamed_completion_is_the_providers(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str, asks: bool, size: int
) -> None:
    fake.plan(split=every(size))
    body: dict[str, Any] = {"prompt": "Say numbers.", "stream": True}
    if asks:
        body["stream_options"] = {"include_usage": True}
    response = request(gateway.address, "POST", "/completions", body, {"x-test": test_id})
    sent = fake.last.response_body
    if asks:
        assert response.body == sent
    else:
        assert without_usage(response.body) == without_usage(sent)
        assert b'"usage":{' not in response.body
    assert fake.last.usage
    logged = log_file.entry(test_id)["ai"]["proxy"]["usage"]
    assert usage_of(logged) == usage_of(fake.last.usage)


@pytest.mark.parametrize("encoding", [None, "base64", "float"])
def test_embeddings_are_the_providers(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str, encoding: Any
) -> None:
    options = {} if encoding is None else {"encoding_format": encoding}
    answer = client(f"{gateway.url}/embeddings", test_id).embeddings.create(
        model="text-embedding-3-small", input=["one two", "three"], dimensions=8, **options
    )
    vectors = [_floats(one.embedding) for one in answer.data]
    assert vectors == [vector("one two", 8), vector("three", 8)]
    # Without a word of ours the SDK asks for base64.
    assert fake.last.json()["encoding_format"] == (encoding or "base64")
    assert answer.usage.prompt_tokens == 5
    usage = log_file.entry(test_id)["ai"]["proxy"]["usage"]
    assert (usage["prompt_tokens"], usage["total_tokens"]) == (5, 5)


def _floats(embedding: Any) -> Any:
    """The SDK decodes base64 only where it was the SDK itself that asked for it."""
    if not isinstance(embedding, str):
        return embedding
    data = base64.b64decode(embedding)
    return list(struct.unpack(f"<{len(data) // 4}f", data))


@pytest.mark.parametrize("prefix", ["", "/preserve"], ids=["own-path", "upstream-path"])
def test_preserve_touches_nothing_but_the_key(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str, prefix: str
) -> None:
    body = b'{ "model":"gpt-4o-mini",\n "messages":[{"role":"user","content":"x"}] }'
    response = request(
        gateway.address,
        "POST",
        f"{prefix}/v1/chat/completions?a=1&b=%2F",
        body,
        {"Content-Type": "application/json", "Authorization": "Bearer client", "x-test": test_id},
    )
    assert response.status == 200, response
    assert fake.last.body == body
    assert fake.last.target == "/v1/chat/completions?a=1&b=%2F"
    assert fake.last.header("authorization") == f"Bearer {KEY}"
    assert response.body == fake.last.response_body
    assert response.header("x-kong-llm-model") == "openai/gpt-4o-mini"
    assert fake.last.usage
    logged = log_file.entry(test_id)["ai"]["proxy"]["usage"]
    assert usage_of(logged) == usage_of(fake.last.usage)


def test_preserve_lets_any_method_through(gateway: Gateway, fake: FakeOpenAI) -> None:
    response = request(gateway.address, "GET", "/preserve/v1/models")
    assert response.status == 200, response
    assert response.json()["object"] == "list"
    assert fake.last.method == "GET"


def test_a_preserved_stream_keeps_its_bytes(gateway: Gateway, fake: FakeOpenAI) -> None:
    fake.plan(split=every(3))
    body = {"model": "gpt-4o-mini", "messages": user(), "stream": True}
    response = request(gateway.address, "POST", "/preserve/v1/chat/completions", body)
    assert response.body == fake.last.response_body
    assert "stream_options" not in fake.last.json()

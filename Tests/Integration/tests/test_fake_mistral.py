# SPDX-License-Identifier: Apache-2.0
"""The fake of Mistral, driven by Mistral's own SDK: what that SDK takes, the provider sends."""

from collections.abc import Iterator
from typing import Any

import pytest
from mistralai.client import Mistral
from mistralai.client.errors import HTTPValidationError, MistralError

from fake_mistral import KEY, FakeMistral, embeddings, errors
from fake_provider import ToolCall
from harness import request
from harness.sdk import numbered

MODEL = "mistral-small-latest"
USER: Any = {"role": "user", "content": "Say numbers."}
WEATHER: Any = {"type": "function", "function": {"name": "weather", "parameters": {}}}
CALLS = [
    ToolCall("weather", '{"city":"Zürich"}', "V2bduoFbR"),
    ToolCall("weather", "{}", "aB3dE6gH9"),
]


@pytest.fixture(scope="module")
def shared_mistral() -> Iterator[FakeMistral]:
    with FakeMistral() as running:
        yield running


@pytest.fixture
def fake_mistral(shared_mistral: FakeMistral) -> FakeMistral:
    shared_mistral.reset()
    return shared_mistral


@pytest.fixture
def sdk(fake_mistral: FakeMistral) -> Iterator[Mistral]:
    with Mistral(api_key=KEY, server_url=fake_mistral.url) as client:
        yield client


def test_an_answer(sdk: Mistral) -> None:
    answer = sdk.chat.complete(model=MODEL, messages=[USER])
    message = answer.choices[0].message
    assert message is not None and message.content == numbered(5)
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 5)


def test_a_stream_is_the_answer_in_pieces(sdk: Mistral) -> None:
    chunks = [event.data for event in sdk.chat.stream(model=MODEL, messages=[USER])]
    texts = [chunk.choices[0].delta.content for chunk in chunks]
    assert "".join(text for text in texts if isinstance(text, str)) == numbered(5)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage == sdk.chat.complete(model=MODEL, messages=[USER]).usage
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_a_reasoning_model_thinks_first(sdk: Mistral) -> None:
    ask: Any = {"model": "magistral-medium-latest", "messages": [USER]}
    message = sdk.chat.complete(**ask).choices[0].message
    assert message is not None and isinstance(message.content, list)
    assert [part.type for part in message.content] == ["thinking", "text"]
    chunks = [event.data for event in sdk.chat.stream(**ask)]
    parts = [chunk.choices[0].delta.content for chunk in chunks]
    assert sum(isinstance(part, list) for part in parts) == 2


@pytest.mark.parametrize("streamed", [False, True])
def test_tools_make_the_round_trip(fake_mistral: FakeMistral, sdk: Mistral, streamed: bool) -> None:
    fake_mistral.plan(tool_calls=CALLS)
    ask: Any = {"model": MODEL, "messages": [USER], "tools": [WEATHER]}
    said: Any
    if streamed:
        last = [event.data for event in sdk.chat.stream(**ask)][-1]
        said = last.choices[0].delta
        assert last.choices[0].finish_reason == "tool_calls"
    else:
        said = sdk.chat.complete(**ask).choices[0].message
    calls = said.tool_calls or []
    assert [(call.id, call.function.arguments) for call in calls] == [
        (call.id, call.arguments) for call in CALLS
    ]
    assert b'"type"' not in fake_mistral.last.response_body
    results = [{"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in calls]
    ask["messages"] = [USER, {"role": "assistant", "tool_calls": calls}, *results]
    second = sdk.chat.complete(**ask).choices[0]
    assert second.finish_reason == "stop"


CALL = {"id": "V2bduoFbR", "function": {"name": "weather", "arguments": "{}"}}
CALLED = {"role": "assistant", "content": "", "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "V2bduoFbR", "content": "rain"}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"stream_options": {"include_usage": True}}, ["stream_options"]),
        ({"seed": 1}, ["seed"]),
        ({"max_completion_tokens": 1}, ["max_completion_tokens"]),
        ({"user": None}, ["user"]),
        ({"messages": [{**USER, "name": None}]}, ["messages", 0, "user", "name"]),
        (
            {"messages": [USER, {"role": "assistant", "content": "x", "refusal": None}, USER]},
            ["messages", 1, "assistant", "refusal"],
        ),
        ({"messages": [{"role": "developer", "content": "x"}]}, ["messages", 0]),
        ({"temperature": "1"}, ["temperature"]),
        ({"temperature": 1.7}, ["temperature"]),
        ({"tool_choice": "always"}, ["tool_choice"]),
        ({"tools": [{"type": "function", "function": {"name": "x"}}]}, ["tools", 0, "function"]),
        ({"response_format": {"type": "json_schema"}}, ["response_format", "json_schema"]),
    ],
)
def test_a_wrong_field_is_refused(
    fake_mistral: FakeMistral, change: dict[str, Any], place: list[Any]
) -> None:
    response = _post(fake_mistral, {"model": MODEL, "messages": [USER]} | change)
    assert response.status == 422, response
    detail = response.json()["message"]["detail"][0]
    assert detail["loc"][: len(place) + 1] == ["body", *place]


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "at least one message"),
        ([USER, CALLED, RESULT, USER], "Unexpected role 'user' after role 'tool'"),
        ([USER, CALLED, USER], "Not the same number of function calls and responses"),
        ([USER, {"role": "assistant", "content": "x"}], "Expected last role User or Tool"),
        ([USER, CALLED, {**RESULT, "tool_call_id": "call_1"}], "Tool call id was call_1"),
        ([USER, CALLED, {**RESULT, "tool_call_id": "aaaaaaaaa"}], "Unexpected tool call id"),
        (
            [USER, {"role": "assistant", "content": "x"}, {"role": "system", "content": "x"}, USER],
            "Unexpected role 'system' after role 'assistant'",
        ),
    ],
)
def test_a_wrong_order_is_refused(
    fake_mistral: FakeMistral, messages: list[Any], words: str
) -> None:
    response = _post(fake_mistral, {"model": MODEL, "messages": messages})
    assert response.status == 400, response
    assert words in response.json()["message"]


def test_errors_are_the_sdks(fake_mistral: FakeMistral, sdk: Mistral) -> None:
    with pytest.raises(HTTPValidationError):
        sdk.chat.complete(model=MODEL, messages=[USER], temperature=7)
    fake_mistral.plan(error=errors.rate_limited())
    with pytest.raises(MistralError) as limited:
        sdk.chat.complete(model=MODEL, messages=[USER])
    assert limited.value.status_code == 429
    with (
        Mistral(api_key="x", server_url=fake_mistral.url) as stranger,
        pytest.raises(MistralError) as wrong,
    ):
        stranger.chat.complete(model=MODEL, messages=[USER])
    assert wrong.value.status_code == 401


def test_vectors(fake_mistral: FakeMistral, sdk: Mistral) -> None:
    answer = sdk.embeddings.create(model="mistral-embed", inputs=["a b", "c"])
    assert [one.embedding for one in answer.data] == [
        embeddings.vector("a b", 1024),
        embeddings.vector("c", 1024),
    ]
    assert answer.usage.prompt_tokens == 5
    short = sdk.embeddings.create(model="codestral-embed", inputs="c", output_dimension=8)
    assert short.data[0].embedding == embeddings.vector("c", 8)


def _post(fake: FakeMistral, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {KEY}"}
    return request(("127.0.0.1", fake.port), "POST", "/v1/chat/completions", body, headers)

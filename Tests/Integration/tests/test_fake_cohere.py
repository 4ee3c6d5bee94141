# SPDX-License-Identifier: Apache-2.0
"""The fake of Cohere, driven by Cohere's own SDK: what that SDK takes, the provider sends."""

from collections.abc import Iterator
from typing import Any

import cohere
import pytest
from cohere.core.api_error import ApiError

from fake_cohere import KEY, FakeCohere, embed, errors
from fake_provider import ToolCall
from harness import request
from harness.sdk import numbered

MODEL = "command-a-03-2025"
USER: Any = {"role": "user", "content": "Say numbers."}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: Any = {"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}
CALLS = [
    ToolCall("weather", '{"city":"Zürich"}', "weather_7f1c"),
    ToolCall("weather", "{}", "weather_90ab"),
]


@pytest.fixture(scope="module")
def shared_cohere() -> Iterator[FakeCohere]:
    with FakeCohere() as running:
        yield running


@pytest.fixture
def fake_cohere(shared_cohere: FakeCohere) -> FakeCohere:
    shared_cohere.reset()
    return shared_cohere


@pytest.fixture
def sdk(fake_cohere: FakeCohere) -> cohere.ClientV2:
    return cohere.ClientV2(KEY, base_url=fake_cohere.url)


def streamed(sdk: cohere.ClientV2, **ask: Any) -> list[Any]:
    return list(sdk.chat_stream(model=MODEL, messages=[USER], **ask))


def test_an_answer(fake_cohere: FakeCohere, sdk: cohere.ClientV2) -> None:
    answer = sdk.chat(model=MODEL, messages=[USER])
    content = answer.message.content or []
    assert [item.model_dump() for item in content] == [{"type": "text", "text": numbered(5)}]
    assert answer.finish_reason == "COMPLETE"
    assert answer.usage is not None and answer.usage.billed_units is not None
    assert (answer.usage.billed_units.input_tokens, answer.usage.billed_units.output_tokens) == (
        7,
        5,
    )
    assert answer.usage.tokens is not None and answer.usage.tokens.input_tokens == 73


def test_a_stream_is_the_answer_in_pieces(fake_cohere: FakeCohere, sdk: cohere.ClientV2) -> None:
    events = streamed(sdk)
    assert [event.type for event in events] == [
        "message-start",
        "content-start",
        *["content-delta"] * 5,
        "content-end",
        "message-end",
    ]
    texts = [e.delta.message.content.text for e in events if e.type == "content-delta"]
    assert "".join(texts) == numbered(5)
    whole = sdk.chat(model=MODEL, messages=[USER])
    assert events[-1].delta.usage == whole.usage
    assert events[-1].delta.finish_reason == whole.finish_reason


def test_a_reasoning_model_thinks_first(fake_cohere: FakeCohere, sdk: cohere.ClientV2) -> None:
    ask: Any = {"model": "command-a-reasoning-08-2025", "messages": [USER]}
    content = sdk.chat(**ask).message.content or []
    assert [item.type for item in content] == ["thinking", "text"]
    events: list[Any] = list(sdk.chat_stream(**ask))
    starts = [event for event in events if event.type == "content-start"]
    assert [(e.index, e.delta.message.content.type) for e in starts] == [
        (0, "thinking"),
        (1, "text"),
    ]
    off: Any = {"type": "disabled"}
    assert [item.type for item in sdk.chat(**ask, thinking=off).message.content or []] == ["text"]


def test_tools_make_the_round_trip(fake_cohere: FakeCohere, sdk: cohere.ClientV2) -> None:
    fake_cohere.plan(tool_calls=CALLS)
    first = sdk.chat(model=MODEL, messages=[USER], tools=[WEATHER], strict_tools=True)
    assert first.finish_reason == "TOOL_CALL"
    assert first.message.tool_plan == numbered(5)
    calls = first.message.tool_calls or []
    assert [(call.id, call.function and call.function.arguments) for call in calls] == [
        (call.id, call.arguments) for call in CALLS
    ]
    said: Any = first.message
    results: list[Any] = [
        {"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in calls
    ]
    second = sdk.chat(model=MODEL, messages=[USER, said, *results], tools=[WEATHER])
    assert second.finish_reason == "COMPLETE"


def test_streamed_tool_calls_come_in_pieces(fake_cohere: FakeCohere, sdk: cohere.ClientV2) -> None:
    fake_cohere.plan(tool_calls=CALLS)
    events = streamed(sdk, tools=[WEATHER])
    arguments = ["", ""]
    for event in events:
        if event.type == "tool-call-delta":
            arguments[event.index] += event.delta.message.tool_calls.function.arguments
    assert arguments == [call.arguments for call in CALLS]
    starts = [e.delta.message.tool_calls.id for e in events if e.type == "tool-call-start"]
    assert starts == [call.id for call in CALLS]
    assert sum(event.type == "tool-plan-delta" for event in events) == 5


def test_an_error_in_a_stream_is_its_end(fake_cohere: FakeCohere, sdk: cohere.ClientV2) -> None:
    fake_cohere.plan(error_event_after=2)
    events = streamed(sdk)
    assert sum(event.type == "content-delta" for event in events) == 2
    assert events[-1].delta.finish_reason == "ERROR"
    assert events[-1].delta.error == "internal server error"


def test_documents_are_cited(fake_cohere: FakeCohere, sdk: cohere.ClientV2) -> None:
    events = streamed(sdk, documents=["t0 is a number"])
    assert [event.type for event in events][-3:] == [
        "citation-start",
        "citation-end",
        "message-end",
    ]


JSON_FORMAT = {"type": "json_object"}
STRICT_TOOL = {**WEATHER, "function": {**WEATHER["function"], "strict": True}}
LOOSE_TOOL = {"type": "function", "function": {"name": "x", "parameters": {"type": "object"}}}


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"user": "x"}, 422, "unknown field: parameter 'user'"),
        ({"stream_options": {}}, 422, "'stream_options'"),
        (
            {"tools": [{**WEATHER, "function": {**WEATHER["function"], "strict": True}}]},
            422,
            "strict",
        ),
        ({"messages": [{**USER, "name": "x"}]}, 422, "'name'"),
        ({"messages": []}, 400, "messages is required"),
        ({"messages": [USER, {"role": "assistant", "content": "x"}]}, 400, "the last message"),
        ({"messages": [{"role": "developer", "content": "x"}]}, 400, "must have a role"),
        (
            {"messages": [USER, {"role": "tool", "content": "x", "tool_call_id": "1"}]},
            400,
            "not found in previous calls",
        ),
        ({"tools": [{"type": "function", "function": {"name": "x"}}]}, 400, "are required"),
        ({"tools": [LOOSE_TOOL], "strict_tools": True}, 400, "at least one required parameter"),
        ({"tool_choice": "REQUIRED"}, 400, "can only be specified with tools"),
        ({"tools": [WEATHER], "tool_choice": "auto"}, 400, "must be one of 'REQUIRED' or 'NONE'"),
        ({"tools": [WEATHER], "response_format": JSON_FORMAT}, 400, "is not supported with tools"),
        ({"p": 1}, 400, "p must be between"),
        ({"temperature": "1"}, 400, "parameter 'temperature' should be of type"),
        ({"model": "gpt-5"}, 404, "model 'gpt-5' not found"),
        ({"thinking": {"type": "enabled"}}, 400, "thinking is not supported"),
        (
            {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]},
            400,
            "content type 'input_audio'",
        ),
    ],
)
def test_what_is_wrong_is_refused(
    fake_cohere: FakeCohere, change: dict[str, Any], status: int, words: str
) -> None:
    body = {"model": MODEL, "messages": [USER]} | change
    headers = {"Authorization": f"Bearer {KEY}"}
    response = request(("127.0.0.1", fake_cohere.port), "POST", "/v2/chat", body, headers)
    assert response.status == status, response
    assert set(response.json()) == {"id", "message"}
    assert words in response.json()["message"]


def test_errors_are_the_sdks(fake_cohere: FakeCohere, sdk: cohere.ClientV2) -> None:
    once: Any = {"max_retries": 0}
    with pytest.raises(ApiError) as wrong:
        cohere.ClientV2("x", base_url=fake_cohere.url).chat(
            model=MODEL, messages=[USER], request_options=once
        )
    assert wrong.value.status_code == 401
    fake_cohere.plan(error=errors.rate_limited())
    with pytest.raises(ApiError) as limited:
        sdk.chat(model=MODEL, messages=[USER], request_options=once)
    assert limited.value.status_code == 429
    assert (limited.value.headers or {})["retry-after"] == "20"


def test_vectors(fake_cohere: FakeCohere, sdk: cohere.ClientV2) -> None:
    answer = sdk.embed(
        model="embed-v4.0",
        input_type="search_query",
        texts=["a b", "c"],
        embedding_types=["float", "base64"],
        output_dimension=256,
    )
    assert answer.embeddings.float_ == [embed.vector("a b", 256), embed.vector("c", 256)]
    assert len(answer.embeddings.base64 or []) == 2
    assert answer.meta is not None and answer.meta.billed_units is not None
    assert answer.meta.billed_units.input_tokens == 5


def test_reranking(fake_cohere: FakeCohere, sdk: cohere.ClientV2) -> None:
    answer = sdk.rerank(model="rerank-v3.5", query="a b", documents=["x", "a", "b a"], top_n=2)
    assert [(result.index, result.relevance_score) for result in answer.results] == [
        (2, 1),
        (1, 0.5),
    ]


# MARK: - Version 1


@pytest.fixture
def old(fake_cohere: FakeCohere) -> cohere.Client:
    return cohere.Client(KEY, base_url=fake_cohere.url)


HISTORY: Any = [{"role": "USER", "message": "Hi."}, {"role": "CHATBOT", "message": "Hello."}]


def test_an_answer_of_version_1(fake_cohere: FakeCohere, old: cohere.Client) -> None:
    answer = old.chat(message="Say numbers.", preamble="Be brief.", chat_history=HISTORY)
    assert answer.text == numbered(5)
    assert answer.finish_reason == "COMPLETE"
    assert answer.meta is not None and answer.meta.billed_units is not None
    assert answer.meta.billed_units.output_tokens == 5


@pytest.mark.parametrize("accepts", [None, "text/event-stream"])
def test_a_stream_of_version_1(fake_cohere: FakeCohere, old: cohere.Client, accepts: Any) -> None:
    if accepts is None:
        events: list[Any] = list(old.chat_stream(message="Say numbers."))
        kinds = [event.event_type for event in events]
        assert kinds == ["stream-start", *["text-generation"] * 5, "stream-end"]
        assert events[-1].response.text == numbered(5)
        assert fake_cohere.last.response_body.count(b"\n") == 7
    else:
        # The SDK reads lines whatever it was sent.
        body = {"message": "Say numbers.", "stream": True}
        headers = {"Authorization": f"Bearer {KEY}", "Accept": accepts}
        response = request(("127.0.0.1", fake_cohere.port), "POST", "/v1/chat", body, headers)
        assert response.header("content-type") == accepts
        assert response.body.count(b"event: text-generation\ndata: {") == 5


def test_generations_of_version_1(fake_cohere: FakeCohere, old: cohere.Client) -> None:
    answer = old.generate(prompt="Say numbers.", num_generations=2)
    assert [one.text for one in answer.generations] == [numbered(5)] * 2
    events = list(old.generate_stream(prompt="Say numbers."))
    assert [event.event_type for event in events] == [*["text-generation"] * 5, "stream-end"]
    fake_cohere.plan(error_event_after=1)
    failed = list(old.generate_stream(prompt="Say numbers."))
    assert [event.event_type for event in failed] == ["text-generation", "stream-error"]


def test_vectors_of_version_1(fake_cohere: FakeCohere, old: cohere.Client) -> None:
    answer = old.embed(texts=["a"], model="embed-multilingual-v3.0", input_type="classification")
    assert answer.embeddings == [embed.vector("a", 1024)]

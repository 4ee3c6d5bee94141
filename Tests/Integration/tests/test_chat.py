# SPDX-License-Identifier: Apache-2.0
"""Whole chat answers through ai-proxy, with the official SDK."""

import asyncio
from typing import Any

import pytest
from openai.types.chat import ChatCompletionToolParam

from fake_openai import KEY, FakeOpenAI, ToolCall
from harness import Gateway, LogFile, connect, request
from harness.client import send
from harness.sdk import CLIENT_KEY, async_client, client, numbered, usage_of, user

WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        "strict": True,
    },
}


def test_an_answer_is_the_providers(gateway: Gateway, fake: FakeOpenAI) -> None:
    direct = client(f"{fake.url}/v1", key=KEY)
    through = client(f"{gateway.url}/chat")
    ask: dict[str, Any] = {"model": "gpt-4o-mini", "messages": user(), "n": 2, "seed": 7}
    expected = direct.chat.completions.create(**ask)
    assert through.chat.completions.create(**ask) == expected


def test_an_answers_bytes_are_untouched(gateway: Gateway, fake: FakeOpenAI) -> None:
    response = request(gateway.address, "POST", "/chat", {"messages": user()})
    assert response.status == 200, response
    assert response.body == fake.last.response_body
    assert response.header("content-type") == "application/json"
    assert response.header("x-kong-llm-model") == "openai/gpt-4o-mini"
    assert response.header("x-patchbay-request-id")
    assert response.header("openai-version") == "2020-10-01"
    assert response.header("set-cookie") is None, "a cookie of the provider reached the client"


def test_the_upstream_gets_the_gateways_key_only(gateway: Gateway, fake: FakeOpenAI) -> None:
    client(f"{gateway.url}/chat").chat.completions.create(model="gpt-4o-mini", messages=user())
    assert fake.last.header("authorization") == f"Bearer {KEY}"
    assert CLIENT_KEY not in str(fake.last.headers)
    assert fake.last.header("host") == f"127.0.0.1:{fake.port}"
    assert fake.last.path == "/v1/chat/completions"


def test_the_model_comes_from_the_configuration(gateway: Gateway, fake: FakeOpenAI) -> None:
    assert request(gateway.address, "POST", "/chat", {"messages": user()}).status == 200
    assert fake.last.json()["model"] == "gpt-4o-mini"


def test_the_model_comes_from_the_client_when_none_is_configured(
    gateway: Gateway, fake: FakeOpenAI
) -> None:
    sdk = client(f"{gateway.url}/any")
    answer = sdk.chat.completions.with_raw_response.create(
        model="gpt-5", messages=user(), max_completion_tokens=9
    )
    assert answer.headers["x-kong-llm-model"] == "openai/gpt-5"
    assert fake.last.json() == {
        "model": "gpt-5",
        "messages": user(),
        "max_completion_tokens": 9,
        "stream": False,
    }


def test_the_model_header_can_be_left_out(gateway: Gateway, fake: FakeOpenAI) -> None:
    response = request(gateway.address, "POST", "/unnamed", {"messages": user()})
    assert response.status == 200, response
    assert response.header("x-kong-llm-model") is None


def test_configured_tuning_wins_and_top_k_is_dropped(gateway: Gateway, fake: FakeOpenAI) -> None:
    body = {"messages": user(), "temperature": 1.5, "max_tokens": 100, "top_k": 4, "seed": 1}
    response = request(gateway.address, "POST", "/tuned", body)
    assert response.status == 200, response
    sent = fake.last.json()
    assert (sent["temperature"], sent["max_tokens"], sent["top_p"]) == (0.25, 7, 0.5)
    assert "top_k" not in sent
    assert sent["seed"] == 1


def test_numbers_and_unknown_members_stay_byte_for_byte(gateway: Gateway, fake: FakeOpenAI) -> None:
    messages = b'[ {"role":"user","content":"\\u00e9\\ud83d\\ude00 \xc3\xa9 \\/ "} ]'
    extras = (
        b'"temperature":0.70000000000000001,"seed":9007199254740993,"metadata":{"b":1e2,"a":-0}'
    )
    request(
        gateway.address,
        "POST",
        "/chat",
        b'{"messages":' + messages + b"," + extras + b"}",
        {"Content-Type": "application/json"},
    )
    assert messages in fake.last.body, fake.last.body
    assert extras in fake.last.body, fake.last.body


def test_tool_calls_make_the_round_trip(gateway: Gateway, fake: FakeOpenAI) -> None:
    fake.plan(
        tool_calls=[
            ToolCall("weather", '{"city":"Zürich"}', "call_1"),
            ToolCall("weather", "{}", "call_2"),
        ]
    )
    sdk = client(f"{gateway.url}/chat")
    ask: dict[str, Any] = {"model": "gpt-4o-mini", "tools": [WEATHER]}
    first = sdk.chat.completions.create(messages=user(), **ask).choices[0]
    assert first.finish_reason == "tool_calls"
    calls = first.message.tool_calls or []
    assert [call.id for call in calls] == ["call_1", "call_2"]
    assert fake.last.json()["tools"] == [WEATHER]

    history: list[Any] = [*user(), first.message.model_dump(exclude_none=True)]
    history += [{"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in calls]
    second = sdk.chat.completions.create(messages=history, **ask)
    assert second.choices[0].message.content == numbered(5)
    assert fake.last.json()["messages"] == history


def test_a_forced_tool_is_called(gateway: Gateway, fake: FakeOpenAI) -> None:
    answer = client(f"{gateway.url}/chat").chat.completions.create(
        model="gpt-4o-mini", messages=user(), tools=[WEATHER], tool_choice="required"
    )
    call = (answer.choices[0].message.tool_calls or [])[0]
    assert call.type == "function"
    assert call.function.name == "weather"


def test_a_refusal_arrives(gateway: Gateway, fake: FakeOpenAI) -> None:
    fake.plan(refusal="I can't help with that.")
    answer = client(f"{gateway.url}/chat").chat.completions.create(
        model="gpt-4o-mini", messages=user()
    )
    assert answer.choices[0].message.refusal == "I can't help with that."
    assert answer.choices[0].message.content is None


@pytest.mark.parametrize("accepts", ["gzip", "identity"])
def test_a_compressed_answer_is_read_and_counted(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str, accepts: str
) -> None:
    fake.plan(tokens=300, gzip=True)
    sdk = client(f"{gateway.url}/chat", test_id)
    answer = sdk.chat.completions.create(
        model="gpt-4o-mini", messages=user(), extra_headers={"Accept-Encoding": accepts}
    )
    assert answer.choices[0].message.content == numbered(300)
    assert answer.usage
    logged = log_file.entry(test_id)["ai"]["proxy"]["usage"]
    assert usage_of(logged) == usage_of(answer.usage)


@pytest.mark.parametrize("size", [10_000, 1 << 20, 8 << 20])
def test_large_bodies_pass_both_ways(gateway: Gateway, fake: FakeOpenAI, size: int) -> None:
    fake.plan(tokens=size // 8)
    words = "w" * 7 + " "
    answer = client(f"{gateway.url}/chat").chat.completions.create(
        model="gpt-4o-mini", messages=user(words * (size // 8))
    )
    assert fake.last.json()["messages"][0]["content"] == words * (size // 8)
    assert answer.choices[0].message.content == numbered(size // 8)


def test_a_chunked_request_is_read_whole(gateway: Gateway, fake: FakeOpenAI) -> None:
    connection = connect(gateway.address)
    pieces = [b'{"messages":[{"role":"user",', b'"content":"', b"\xc3", b'\xa9"}]}']
    connection.request(
        "POST", "/chat", iter(pieces), {"Content-Type": "application/json"}, encode_chunked=True
    )
    assert connection.getresponse().status == 200
    assert fake.last.json()["messages"] == [{"role": "user", "content": "é"}]


def test_upstream_connections_are_kept(gateway: Gateway, fake: FakeOpenAI) -> None:
    connection = connect(gateway.address)
    for _ in range(5):
        response = send(connection, "POST", "/chat", {"messages": user()})
        assert response.status == 200, response
    assert len({one.connection for one in fake.requests}) == 1


def test_the_async_client_asks_many_at_once(gateway: Gateway, fake: FakeOpenAI) -> None:
    async def ask_all() -> list[str | None]:
        async with async_client(f"{gateway.url}/chat") as sdk:
            answers = await asyncio.gather(
                *(
                    sdk.chat.completions.create(model="gpt-4o-mini", messages=user(f"{number}"))
                    for number in range(50)
                )
            )
        return [answer.choices[0].message.content for answer in answers]

    assert asyncio.run(ask_all()) == [numbered(5)] * 50
    asked = sorted(int(one.json()["messages"][0]["content"]) for one in fake.requests)
    assert asked == list(range(50))

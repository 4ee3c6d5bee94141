# SPDX-License-Identifier: Apache-2.0
"""Streamed chat answers: unchanged, undelayed, counted, whatever the pieces."""

import asyncio
from typing import Any

import pytest

from fake_openai import KEY, FakeOpenAI, Gate, Plan, ToolCall, at, every
from harness import Gateway, LogFile, connect, request
from harness.client import send, start
from harness.sdk import async_client, client, numbered, text_of, usage_of, user
from tests.events import data_of, without_usage

ASKED: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
# What a client may say that does not ask for usage.
SILENT: list[dict[str, Any]] = [
    {"stream": True},
    {"stream": True, "stream_options": {"include_usage": False}},
    {"stream": True, "stream_options": None},
]
SIZES = [1, 2, 3, 7, 61, 1000, 100_000]


def body(options: dict[str, Any]) -> dict[str, Any]:
    return {"messages": user(), **options}


def test_a_client_that_asks_sees_usage(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    stream = client(f"{gateway.url}/chat", test_id).chat.completions.create(
        model="gpt-4o-mini", messages=user(), **ASKED
    )
    chunks = list(stream)
    assert text_of(chunks) == numbered(5)
    assert chunks[-1].choices == []
    assert chunks[-1].usage and usage_of(chunks[-1].usage) == (8, 5, 13)
    assert usage_of(log_file.entry(test_id)["ai"]["proxy"]["usage"]) == (8, 5, 13)


@pytest.mark.parametrize("options", SILENT, ids=["absent", "false", "null"])
def test_a_client_that_does_not_ask_sees_none_and_the_log_has_it(
    gateway: Gateway,
    fake: FakeOpenAI,
    log_file: LogFile,
    test_id: str,
    options: dict[str, Any],
) -> None:
    response = request(gateway.address, "POST", "/chat", body(options), {"x-test": test_id})
    assert response.status == 200, response
    assert fake.last.json()["stream_options"]["include_usage"] is True
    assert without_usage(response.body) == without_usage(fake.last.response_body)
    assert len(data_of(response.body)) == len(data_of(fake.last.response_body)) - 1, (
        "the usage event reached a client that did not ask for it"
    )
    assert usage_of(log_file.entry(test_id)["ai"]["proxy"]["usage"]) == (8, 5, 13)


def test_other_stream_options_stay(gateway: Gateway, fake: FakeOpenAI) -> None:
    options = {"stream": True, "stream_options": {"include_obfuscation": False}}
    response = request(gateway.address, "POST", "/chat", body(options))
    assert response.status == 200, response
    assert fake.last.json()["stream_options"] == {
        "include_obfuscation": False,
        "include_usage": True,
    }
    assert b"obfuscation" not in response.body


def test_a_streams_head_is_the_providers(gateway: Gateway, fake: FakeOpenAI) -> None:
    response = request(gateway.address, "POST", "/chat", body(ASKED))
    assert response.header("content-type") == "text/event-stream; charset=utf-8"
    assert response.header("x-kong-llm-model") == "openai/gpt-4o-mini"
    # What has ended before its head is written may have a length.
    assert response.header("content-length") in (None, str(len(response.body)))
    assert response.header("set-cookie") is None


@pytest.mark.parametrize("line_ending", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("splits_wire", [False, True], ids=["body", "wire"])
@pytest.mark.parametrize("size", SIZES)
def test_pieces_of_any_size_give_the_same_bytes(
    gateway: Gateway, fake: FakeOpenAI, size: int, splits_wire: bool, line_ending: bytes
) -> None:
    said = ["é", "\u2028", "\x85", "👩", "\\n", '"data: [DONE]"', " t1"]
    for options in (ASKED, SILENT[0]):
        fake.plan(tokens=said, split=every(size), splits_wire=splits_wire, line_ending=line_ending)
        response = request(gateway.address, "POST", "/quiet", body(options))
        sent = fake.last.response_body
        if options is ASKED:
            assert response.body == sent
        else:
            assert without_usage(response.body) == without_usage(sent)


@pytest.mark.parametrize("options", [ASKED, SILENT[0]], ids=["asked", "silent"])
def test_every_split_into_two_gives_the_same_bytes(
    gateway: Gateway, fake: FakeOpenAI, options: dict[str, Any]
) -> None:
    connection = connect(gateway.address)
    reference = send(connection, "POST", "/quiet", body(options)).body
    sent = fake.last.response_body
    assert without_usage(reference) == without_usage(sent)
    for offset in range(1, len(sent)):
        fake.plan(split=at(offset))
        response = send(connection, "POST", "/quiet", body(options))
        assert response.body == reference, f"split at {offset}: {sent[offset - 20 : offset + 20]!r}"
        fake.reset()


@pytest.mark.parametrize("options", [ASKED, SILENT[0]], ids=["asked", "silent"])
def test_each_event_arrives_before_the_next_is_made(
    gateway: Gateway, fake: FakeOpenAI, options: dict[str, Any]
) -> None:
    gate = Gate()
    fake.plan(gate=gate)
    connection = connect(gateway.address)
    start(connection, "POST", "/chat", body(options))
    gate.release()
    response = connection.getresponse()
    assert response.status == 200, "the head waited for the body"
    # The role, five tokens, the finish reason.
    for number in range(7):
        gate.release()
        event = response.read1(65536)
        assert event.startswith(b"data: {"), f"event {number}: {event!r}"
        assert event.endswith(b"\n\n")
    gate.open()
    assert response.read().endswith(b"data: [DONE]\n\n")


def test_streamed_tool_calls_are_the_providers(gateway: Gateway, fake: FakeOpenAI) -> None:
    calls = [ToolCall("one", '{"city":"Zürich"}', "call_1"), ToolCall("two", "", "call_2")]
    tools = [{"type": "function", "function": {"name": name}} for name in ("one", "two")]
    fake.always(lambda: Plan(tool_calls=calls))
    ask: dict[str, Any] = {"model": "gpt-4o-mini", "messages": user(), "tools": tools, **ASKED}
    direct = list(client(f"{fake.url}/v1", key=KEY).chat.completions.create(**ask))
    through = list(client(f"{gateway.url}/chat").chat.completions.create(**ask))
    assert through == direct


def test_choices_stay_interleaved(gateway: Gateway, fake: FakeOpenAI) -> None:
    ask: dict[str, Any] = {"model": "gpt-4o-mini", "messages": user(), "n": 3, "stream": True}
    chunks = list(client(f"{gateway.url}/chat").chat.completions.create(**ask))
    order = [choice.index for chunk in chunks for choice in chunk.choices]
    assert order == [0, 1, 2] * 7


def test_an_event_without_choices_that_is_no_usage_stays(
    gateway: Gateway, fake: FakeOpenAI
) -> None:
    filters = {"choices": [], "prompt_filter_results": [{"prompt_index": 0}], "usage": None}
    fake.plan(leading_events=[filters])
    response = request(gateway.address, "POST", "/chat", body(SILENT[0]))
    assert b"prompt_filter_results" in response.body


def test_an_error_event_in_mid_stream_arrives(gateway: Gateway, fake: FakeOpenAI) -> None:
    for options in (ASKED, SILENT[0]):
        fake.plan(error_event_after=2)
        response = request(gateway.address, "POST", "/chat", body(options))
        assert without_usage(response.body) == without_usage(fake.last.response_body)
        assert b"The server had an error" in data_of(response.body)[-1]


def test_a_stream_without_an_end_mark_stays_without(gateway: Gateway, fake: FakeOpenAI) -> None:
    fake.plan(ends_with_done=False)
    response = request(gateway.address, "POST", "/chat", body(ASKED))
    assert response.body == fake.last.response_body


def test_a_long_stream_keeps_every_token(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    fake.plan(tokens=20_000)
    stream = client(f"{gateway.url}/chat", test_id).chat.completions.create(
        model="gpt-4o-mini", messages=user(), stream=True
    )
    assert text_of(stream) == numbered(20_000)
    assert log_file.entry(test_id)["ai"]["proxy"]["usage"]["completion_tokens"] == 20_000


def test_the_async_client_reads_many_streams_at_once(gateway: Gateway, fake: FakeOpenAI) -> None:
    async def read_one(count: int) -> str:
        async with async_client(f"{gateway.url}/chat") as sdk:
            stream = await sdk.chat.completions.create(
                model="gpt-4o-mini", messages=user(), stream=True
            )
            return text_of([chunk async for chunk in stream])

    async def read_all() -> list[str]:
        return await asyncio.gather(*(read_one(number) for number in range(20)))

    fake.always(lambda: Plan(tokens=200))
    assert asyncio.run(read_all()) == [numbered(200)] * 20


@pytest.mark.parametrize(
    ("path", "asks", "streams"),
    [
        ("/chat", False, False),
        ("/chat", True, True),
        ("/always", False, True),
        ("/always", True, True),
        ("/deny", False, False),
    ],
)
def test_response_streaming_decides(
    gateway: Gateway, fake: FakeOpenAI, path: str, asks: bool, streams: bool
) -> None:
    response = request(gateway.address, "POST", path, body({"stream": asks}))
    assert response.status == 200, response
    assert bool(fake.last.json().get("stream")) == streams
    expected = "text/event-stream; charset=utf-8" if streams else "application/json"
    assert response.header("content-type") == expected


def test_an_answer_in_one_piece_where_a_stream_was_asked_for(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    answer = (
        b'{"model":"m","choices":[{"index":0,"message":{"content":"x"}}],'
        b'"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}'
    )
    fake.plan(raw=_raw("application/json", answer))
    response = request(gateway.address, "POST", "/chat", body(SILENT[0]), {"x-test": test_id})
    assert response.status == 200, response
    assert response.header("content-type") == "application/json"
    assert response.body == answer
    assert usage_of(log_file.entry(test_id)["ai"]["proxy"]["usage"]) == (3, 4, 7)


def test_a_stream_where_none_was_asked_for_is_the_answer_that_it_adds_up_to(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    stream = (
        b'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"x"}}]}\n\n'
        b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"y"},"finish_reason":"stop"}],'
        b'"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}\n\n'
        b"data: [DONE]\n\n"
    )
    fake.plan(raw=_raw("text/event-stream", stream))
    answer = client(f"{gateway.url}/chat", test_id).chat.completions.create(
        model="gpt-4o-mini", messages=user()
    )
    assert answer.choices[0].message.content == "xy"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage and usage_of(answer.usage) == (3, 4, 7)
    assert usage_of(log_file.entry(test_id)["ai"]["proxy"]["usage"]) == (3, 4, 7)


def _raw(kind: str, content: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content

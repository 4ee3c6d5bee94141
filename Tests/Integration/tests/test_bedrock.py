# SPDX-License-Identifier: Apache-2.0
"""What is Bedrock's own: Converse's rules, binary streams, the embeddings of its models."""

from typing import Any

import openai
import pytest

from fake_bedrock import (
    CLAUDE,
    COHERE_EMBED,
    NOVA,
    PROFILE,
    TITAN_V2,
    FakeBedrock,
    ToolCall,
    frames,
    invoke,
)
from harness import Gateway, LogFile, request
from harness.sdk import client, numbered, text_of, user

from .bedrock_gateway import ask, fake, gateway, log_file, place, shared_bedrock

__all__ = ["fake", "gateway", "log_file", "place", "shared_bedrock"]

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {"properties": {"city": {"type": "string"}}},
        "strict": True,
    },
}


# MARK: - Converse


def test_turns_of_tools_in_any_number(gateway: Gateway, fake: FakeBedrock) -> None:
    calls = [ToolCall("weather", '{"city":"Ulm"}', "a"), ToolCall("weather", "", "b")]
    fake.plan(tool_calls=calls)
    said = ask(gateway, tools=[WEATHER]).choices[0].message
    assert [call.function.arguments for call in said.tool_calls] == ['{"city":"Ulm"}', "{}"]
    turns: list[Any] = [{"role": "system", "content": "Be brief."}, *user()]
    turns.append(said.model_dump(exclude_none=True))
    for id in ("a", "b"):
        turns.append({"role": "tool", "tool_call_id": id, "content": f"rain {id}"})
    turns += user("Both, please.")
    assert ask(gateway, tools=[WEATHER], messages=turns).choices[0].message.content == numbered(5)
    roles = [turn["role"] for turn in fake.last.json()["messages"]]
    assert roles == ["user", "assistant", "user"]
    # Without tools, and with tools that must not be called, the conversation is still one.
    assert ask(gateway, messages=turns).choices[0].finish_reason == "stop"
    named = request(
        gateway.address,
        "POST",
        "/chat",
        {"messages": turns, "tools": [WEATHER], "tool_choice": "none"},
    )
    assert named.status == 200, named
    assert named.header("x-patchbay-unsupported") == "tool_choice"


def test_what_the_configuration_adds(gateway: Gateway, fake: FakeBedrock) -> None:
    ask(gateway, "/tuned", model=NOVA)
    body = fake.last.json()
    assert body["performanceConfig"] == {"latency": "optimized"}
    assert body["additionalModelRequestFields"] == {"inferenceConfig": {"topK": 4}}
    guardrail = {"guardrailIdentifier": "gr1", "guardrailVersion": "1", "trace": "enabled"}
    ask(gateway, extra_body={"guardrailConfig": guardrail, "service_tier": "flex"})
    assert fake.last.json()["guardrailConfig"] == guardrail
    assert fake.last.json()["serviceTier"] == {"type": "flex"}


def test_documents(gateway: Gateway, fake: FakeBedrock) -> None:
    file = {"filename": "my_note.txt", "file_data": "data:text/plain;base64,aGVsbG8="}
    content: Any = [{"type": "text", "text": "Read:"}, {"type": "file", "file": file}]
    ask(gateway, messages=[{"role": "user", "content": [*content, content[1]]}])
    documents = [block.get("document") for block in fake.last.json()["messages"][0]["content"]]
    assert [document["name"] for document in documents[1:]] == ["my note", "my note (2)"]


def test_what_cannot_be_said_can_be_refused(gateway: Gateway, fake: FakeBedrock) -> None:
    with pytest.raises(openai.BadRequestError, match="cannot take seed, user"):
        ask(gateway, "/reject", seed=1, user="u")
    assert fake.requests == []


def test_a_model_may_be_an_arn(gateway: Gateway, fake: FakeBedrock) -> None:
    for is_streamed in (False, True):
        answer = ask(gateway, "/any", model=PROFILE, stream=is_streamed)
        text = text_of(answer) if is_streamed else answer.choices[0].message.content
        assert text == numbered(5)
        assert fake.last.path.count("/") == 3, fake.last.path


def test_the_operation_of_a_configured_path_follows_the_mode(
    gateway: Gateway, fake: FakeBedrock
) -> None:
    assert ask(gateway, "/configured").choices[0].message.content == numbered(5)
    assert fake.last.path == f"/model/{CLAUDE}/converse"
    assert text_of(ask(gateway, "/configured", stream=True)) == numbered(5)
    assert fake.last.path == f"/model/{CLAUDE}/converse-stream"


# MARK: - Streams


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        (frames.exception("throttlingException", {"message": "Slow."}), "Throttling", "Slow."),
        (frames.error("InternalFailure", "Broken."), "InternalFailure", "Broken."),
    ],
)
def test_exceptions_in_a_stream(
    gateway: Gateway, fake: FakeBedrock, message: bytes, code: str, text: str
) -> None:
    fake.breaks_streams_with(message)
    fake.plan(error_event_after=2)
    with pytest.raises(openai.APIError, match=text) as caught:
        text_of(ask(gateway, stream=True))
    assert code in str(caught.value.code)


def test_a_damaged_stream_is_never_believed(gateway: Gateway, fake: FakeBedrock) -> None:
    text_of(ask(gateway, stream=True))
    whole = fake.last.response_body
    damaged = bytearray(whole)
    damaged[whole.index(b" t3")] = ord("x")
    fake.plan(body=bytes(damaged))
    seen = []
    with pytest.raises(openai.APIError, match="checksum"):
        for chunk in ask(gateway, stream=True):
            seen.append(chunk)
    assert text_of(seen) == "t0 t1 t2"


def test_a_stream_for_who_gets_json_instead(gateway: Gateway, fake: FakeBedrock) -> None:
    message = b'{"role":"assistant","content":[{"text":"whole"}]}'
    body = b'{"output":{"message":%b},"stopReason":"end_turn"}' % message
    fake.plan(
        raw=b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    assert text_of(ask(gateway, stream=True)) == "whole"


# MARK: - Embeddings


def test_embeddings_of_titan(
    gateway: Gateway, fake: FakeBedrock, log_file: LogFile, test_id: str
) -> None:
    sdk = client(f"{gateway.url}/titan", test_id)
    answer = sdk.embeddings.create(model=TITAN_V2, input="one two")
    assert answer.data[0].embedding == invoke.vector("one two", 256, is_normal=True)
    assert answer.usage.prompt_tokens == answer.usage.total_tokens == 3
    assert log_file.entry(test_id)["ai"]["proxy"]["usage"]["prompt_tokens"] == 3
    with pytest.raises(openai.BadRequestError, match="takes one text"):
        sdk.embeddings.create(model=TITAN_V2, input=["one", "two"])


def test_embeddings_of_cohere_are_counted_by_a_header(gateway: Gateway, fake: FakeBedrock) -> None:
    sdk = client(f"{gateway.url}/cohere")
    answer = sdk.embeddings.create(model=COHERE_EMBED, input=["one two", "three"])
    assert [one.embedding for one in answer.data] == [
        invoke.vector(text, 1024) for text in ("one two", "three")
    ]
    assert answer.usage.prompt_tokens == 5
    assert fake.last.json()["input_type"] == "classification"

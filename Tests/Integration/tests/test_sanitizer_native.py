# SPDX-License-Identifier: Apache-2.0
"""ai-sanitizer over streams of providers' own APIs, each read by the provider's own SDK."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import cohere
import pytest
from botocore.exceptions import EventStreamError
from google import genai
from google.genai import errors, types
from huggingface_hub import InferenceClient
from huggingface_hub.errors import TextGenerationError

import fake_bedrock
from fake_pii import FakePII
from fake_provider import FakeProvider, ToolCall
from harness import Gateway, KongFile, request
from harness.sdk import CLIENT_KEY
from tests.native_apis import APIS, boto
from tests.native_apis import ENVIRONMENT as NATIVE_ENVIRONMENT

SECRET = "I am ann@example.com at 10.0.0.1, password=hunter22"
REDACTED = "I am PLACEHOLDER1 at PLACEHOLDER2, password=########"
SAID = 'Hello PLACE|HOLDER|1 (PLACEHOLDER2|), "write" to bob|@exam|ple.org| or so|.'
TOOL = {"type": "object", "properties": {"to": {"type": "string"}}}

Told = tuple[str, str]


def _anthropic(url: str, text: str) -> str:
    return _anthropic_told(url, text, [])[0]


def _anthropic_told(url: str, text: str, tools: list[Any]) -> Told:
    sdk = anthropic.Anthropic(api_key=CLIENT_KEY, base_url=url, max_retries=0)
    with sdk.messages.stream(
        model="claude-sonnet-5-5",
        max_tokens=100,
        messages=[{"role": "user", "content": text}],
        tools=tools or anthropic.NOT_GIVEN,
    ) as stream:
        said = "".join(stream.text_stream)
        message: Any = stream.get_final_message()
    assert said == "".join(block.text for block in message.content if block.type == "text")
    calls = [json.dumps(block.input) for block in message.content if block.type == "tool_use"]
    return said, "".join(calls)


def _bedrock(url: str, text: str) -> str:
    return _bedrock_told(url, text, {})[0]


def _bedrock_told(url: str, text: str, more: dict[str, Any]) -> Told:
    turn = {"role": "user", "content": [{"text": text}]}
    events = list(
        boto(url).converse_stream(modelId=fake_bedrock.CLAUDE, messages=[turn], **more)["stream"]
    )
    deltas = [
        event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event
    ]
    assert "messageStop" in events[-2]
    said = "".join(delta.get("text", "") for delta in deltas)
    return said, "".join(delta.get("toolUse", {}).get("input", "") for delta in deltas)


def _cohere(url: str, text: str) -> str:
    return _cohere_told(url, text, {})[0]


def _cohere_told(url: str, text: str, more: dict[str, Any]) -> Told:
    sdk = cohere.ClientV2(CLIENT_KEY, base_url=url)
    messages: Any = [{"role": "user", "content": text}]
    options: Any = {"max_retries": 0}
    events: list[Any] = list(
        sdk.chat_stream(
            model="command-a-03-2025", messages=messages, request_options=options, **more
        )
    )
    assert events[-1].type == "message-end"
    said = [e.delta.message.content.text for e in events if e.type == "content-delta"]
    calls = [
        e.delta.message.tool_calls.function.arguments for e in events if e.type == "tool-call-delta"
    ]
    return "".join(said), "".join(calls)


def _gemini(url: str, text: str) -> str:
    sdk = genai.Client(api_key="its own", http_options=types.HttpOptions(base_url=url))
    pieces = list(sdk.models.generate_content_stream(model="gemini-2.5-flash", contents=text))
    reason = pieces[-1].candidates and pieces[-1].candidates[0].finish_reason
    assert reason == types.FinishReason.STOP
    return "".join(piece.text or "" for piece in pieces)


def _huggingface(url: str, text: str) -> str:
    sdk = InferenceClient(model=f"{url}/generate_stream", token="hf_x")
    pieces = list(sdk.text_generation(text, details=True, stream=True))
    said = "".join(piece.token.text for piece in pieces if not piece.token.special)
    assert pieces[-1].generated_text == said
    return said


ASK: dict[str, Callable[[str, str], str]] = {
    "anthropic": _anthropic,
    "bedrock": _bedrock,
    "cohere": _cohere,
    "gemini": _gemini,
    "huggingface": _huggingface,
}


@pytest.fixture(scope="module")
def service() -> Iterator[FakePII]:
    with FakePII() as service:
        yield service


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory,
    natives: dict[str, FakeProvider],
    service: FakePII,
) -> Iterator[Gateway]:
    place: dict[str, Any] = {"host": "127.0.0.1", "port": service.port}
    configs: dict[str, dict[str, Any]] = {
        "input": {},
        "both": {"sanitization_mode": "BOTH"},
        "block": {"sanitization_mode": "OUTPUT", "block_if_detected": True},
        "service": {"sanitization_mode": "OUTPUT", **place},
    }
    file = KongFile()
    for name, api in APIS.items():
        for mode, config in configs.items():
            sanitizer = {"name": "ai-sanitizer", "config": config}
            file.route(f"/{mode}/{name}", sanitizer, api.proxy(natives[name]))
    directory = tmp_path_factory.mktemp("sanitizer")
    with Gateway(file, directory, NATIVE_ENVIRONMENT) as running:
        yield running


@pytest.mark.parametrize("mode", ["input", "both"])
@pytest.mark.parametrize("name", ASK)
def test_values_of_a_stream_stay_here_and_come_back(
    gateway: Gateway, natives: dict[str, FakeProvider], name: str, mode: str
) -> None:
    fake = natives[name]
    fake.reset()
    fake.plan(tokens=SAID.split("|"))
    said = ASK[name](f"{gateway.url}/{mode}/{name}", SECRET)
    sent = fake.wait(1)[0].body.decode()
    assert REDACTED in sent
    assert "ann@" not in sent
    other = "PLACEHOLDER3" if mode == "both" else "bob@example.org"
    assert said == f'Hello ann@example.com (10.0.0.1), "write" to {other} or so.'


def test_an_array_of_gemini_s_is_read_too(
    gateway: Gateway, natives: dict[str, FakeProvider]
) -> None:
    fake = natives["gemini"]
    fake.reset()
    fake.plan(tokens=SAID.split("|"))
    path = "/both/gemini/v1beta/models/gemini-2.5-flash:streamGenerateContent"
    body = {"contents": [{"role": "user", "parts": [{"text": SECRET}]}]}
    response = request(gateway.address, "POST", path, body)
    parts = [
        part.get("text", "")
        for piece in json.loads(response.body)
        for candidate in piece["candidates"]
        for part in candidate["content"]["parts"]
    ]
    assert "".join(parts) == ('Hello ann@example.com (10.0.0.1), "write" to PLACEHOLDER3 or so.')


@pytest.mark.parametrize("name", ["anthropic", "bedrock", "cohere"])
def test_arguments_of_calls_are_sanitized(
    gateway: Gateway, natives: dict[str, FakeProvider], name: str
) -> None:
    fake = natives[name]
    fake.reset()
    arguments = '{"to": "bob@example.org", "card": 4111111111111111, "as": "PLACEHOLDER1"}'
    fake.plan(tool_calls=[ToolCall("mail", arguments, id="toolu_1")])
    url = f"{gateway.url}/both/{name}"
    if name == "anthropic":
        tool: dict[str, Any] = {"name": "mail", "description": "Mails.", "input_schema": TOOL}
        told = _anthropic_told(url, SECRET, [tool])
    elif name == "bedrock":
        spec = {"name": "mail", "description": "Mails.", "inputSchema": {"json": TOOL}}
        told = _bedrock_told(url, SECRET, {"toolConfig": {"tools": [{"toolSpec": spec}]}})
    else:
        function = {"name": "mail", "description": "Mails.", "parameters": TOOL}
        told = _cohere_told(url, SECRET, {"tools": [{"type": "function", "function": function}]})
    assert json.loads(told[1]) == {
        "to": "PLACEHOLDER3",
        "card": "PLACEHOLDER4",
        "as": "ann@example.com",
    }


# What Hugging Face says at the end is what it has said before.
BLOCKED = r"response blocked: [12] PII detected \(EMAIL_ADDRESS: [12]\)"

ERRORS: dict[str, type[Exception]] = {
    "anthropic": anthropic.APIStatusError,
    "bedrock": EventStreamError,
    "gemini": errors.ClientError,
    "huggingface": TextGenerationError,
}


@pytest.mark.parametrize("name", ASK)
def test_a_stream_that_is_blocked_is_an_error_of_the_sdk(
    gateway: Gateway, natives: dict[str, FakeProvider], name: str
) -> None:
    fake = natives[name]
    fake.reset()
    fake.plan(tokens=["Well, ", "write to ", "bob@exam", "ple.org ", "now ", "please."])
    if name == "cohere":
        # Its SDK does not look for errors: the stream ends without its end.
        with pytest.raises(AssertionError):
            ASK[name](f"{gateway.url}/block/{name}", "hello")
        return
    with pytest.raises(Exception, match=BLOCKED) as blocked:
        ASK[name](f"{gateway.url}/block/{name}", "hello")
    assert isinstance(blocked.value, ERRORS[name])


@pytest.mark.parametrize("name", ASK)
def test_the_service_is_asked_about_a_whole_stream(
    gateway: Gateway, natives: dict[str, FakeProvider], service: FakePII, name: str
) -> None:
    fake = natives[name]
    fake.reset()
    service.reset()
    fake.plan(tokens=["Ask Bob", " Cat about", " it."])
    said = ASK[name](f"{gateway.url}/service/{name}", "Whom do I ask?")
    assert said == "Ask PLACEHOLDER1 about it."
    assert len(service.requests) == 1
    assert "Ask Bob Cat about it." in service.texts

# SPDX-License-Identifier: Apache-2.0
"""What is Mistral's alone, through a gateway: the table of scenarios has the rest."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from fake_mistral import KEY, FakeMistral
from fake_provider import ToolCall
from harness import Gateway, KongFile
from harness.sdk import client, numbered, user

MODEL = "mistral-small-latest"
VARIABLE = "TEST_MISTRAL"
TOOL: Any = {"type": "function", "function": {"name": "now"}}


@pytest.fixture(scope="module")
def shared_mistral() -> Iterator[FakeMistral]:
    with FakeMistral() as fake:
        yield fake


@pytest.fixture
def fake_mistral(shared_mistral: FakeMistral) -> FakeMistral:
    shared_mistral.reset()
    return shared_mistral


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, shared_mistral: FakeMistral
) -> Iterator[Gateway]:
    options = {
        "mistral_format": "openai",
        "upstream_url": f"{shared_mistral.url}/v1/chat/completions",
    }
    auth = {"header_name": "Authorization", "header_value": f"{{vault://env/{VARIABLE}}}"}
    config = {
        "route_type": "llm/v1/chat",
        "auth": auth,
        "model": {"provider": "mistral", "options": options},
    }
    file = KongFile().route("/chat", {"name": "ai-proxy", "config": config})
    directory = tmp_path_factory.mktemp("mistral")
    with Gateway(file, directory, {VARIABLE: f"Bearer {KEY}"}) as gateway:
        yield gateway


@pytest.fixture
def sdk(running: Gateway, fake_mistral: FakeMistral) -> openai.OpenAI:
    return client(f"{running.url}/chat")


def _chat(sdk: openai.OpenAI, messages: Any, **more: Any) -> Any:
    answer = sdk.chat.completions.create(model=MODEL, messages=messages, **more)
    return answer.choices[0]


def test_calls_of_another_provider_get_ids_that_mistral_takes(
    fake_mistral: FakeMistral, sdk: openai.OpenAI
) -> None:
    calls = [
        {"id": id, "type": "function", "function": {"name": "now", "arguments": "{}"}}
        for id in ("call_of_openai_1", "toolu_01", "V2bduoFbR")
    ]
    history: list[Any] = [*user(), {"role": "assistant", "content": None, "tool_calls": calls}]
    history += [
        {"role": "tool", "tool_call_id": call["id"], "content": f"of {call['id']}"}
        for call in reversed(calls)
    ]
    assert _chat(sdk, history, tools=[TOOL]).message.content == numbered(5)
    sent = fake_mistral.last.json()["messages"]
    names = {call["id"]: own["id"] for call, own in zip(calls, sent[1]["tool_calls"], strict=True)}
    assert names["V2bduoFbR"] == "V2bduoFbR"
    for message in sent[2:]:
        assert names[message["content"].removeprefix("of ")] == message["tool_call_id"]
    # The next turn has the same ids, so that what is cached is found again.
    history += [{"role": "assistant", "content": "noon"}, *user("And now?")]
    _chat(sdk, history, tools=[TOOL])
    assert fake_mistral.last.json()["messages"][: len(sent)] == sent


def test_a_user_may_speak_behind_a_result(fake_mistral: FakeMistral, sdk: openai.OpenAI) -> None:
    fake_mistral.plan(tool_calls=[ToolCall("now", "{}", "V2bduoFbR")])
    said = _chat(sdk, user(), tools=[TOOL]).message
    assert said.tool_calls[0].type == "function"
    result = {"role": "tool", "tool_call_id": "V2bduoFbR", "content": "noon"}
    history = [*user(), said.model_dump(exclude_none=True), result, *user("Something else.")]
    assert _chat(sdk, history, tools=[TOOL]).message.content == numbered(5)
    roles = [message["role"] for message in fake_mistral.last.json()["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "user"]


def test_instructions_may_come_late(fake_mistral: FakeMistral, sdk: openai.OpenAI) -> None:
    said = {"role": "assistant", "content": "Hello."}
    late = {"role": "developer", "content": "Be brief."}
    _chat(sdk, [*user("Hi."), said, late, *user()])
    roles = [message["role"] for message in fake_mistral.last.json()["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


def test_what_the_assistant_began_goes_on(fake_mistral: FakeMistral, sdk: openai.OpenAI) -> None:
    _chat(sdk, [*user(), {"role": "assistant", "content": "t-1"}])
    assert fake_mistral.last.json()["messages"][-1]["prefix"] is True


def test_thoughts_are_told_apart(fake_mistral: FakeMistral, sdk: openai.OpenAI) -> None:
    ask: Any = {"model": "magistral-medium-latest", "messages": user()}
    said = sdk.chat.completions.create(**ask).choices[0].message
    assert said.content == numbered(5)
    assert said.model_extra == {"reasoning_content": "Numbers it is."}
    chunks = list(sdk.chat.completions.create(**ask, stream=True))
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    thoughts = [(delta.model_extra or {}).get("reasoning_content", "") for delta in deltas]
    assert "".join(thoughts) == "Numbers it is."
    assert "".join(delta.content or "" for delta in deltas) == numbered(5)
    # A thought that a client sends back is named, and does not fail the conversation.
    history: Any = [*user(), said.model_dump(exclude_none=True), *user("And more?")]
    answer = sdk.chat.completions.with_raw_response.create(model=MODEL, messages=history)
    assert answer.headers["x-patchbay-unsupported"] == "messages[1].reasoning_content"


def test_an_error_names_the_clients_field(fake_mistral: FakeMistral, sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        _chat(sdk, user(), temperature=1.9)
    assert caught.value.param == "temperature"
    assert caught.value.type == "invalid_request_error"
    assert "temperature: Input should be less than or equal to 1.5" in caught.value.message


def test_an_answer_that_failed_is_an_error(fake_mistral: FakeMistral, sdk: openai.OpenAI) -> None:
    fake_mistral.plan(finish_reason="error")
    with pytest.raises(openai.InternalServerError) as caught:
        _chat(sdk, user())
    assert caught.value.status_code == 502
    fake_mistral.plan(finish_reason="error")
    with pytest.raises(openai.APIError):
        list(sdk.chat.completions.create(model=MODEL, messages=user(), stream=True))

# SPDX-License-Identifier: Apache-2.0
"""The fake of Anthropic's API, driven by Anthropic's own SDK."""

import base64
import warnings
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from fake_anthropic import KEY, FakeAnthropic, errors
from fake_provider import ToolCall
from harness import request

MODEL = "claude-sonnet-5-5"
OLD = {"anthropic-version": "2023-06-01"}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n0000").decode()
WEATHER: dict[str, Any] = {
    "name": "weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Bonn"}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain"}


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeAnthropic]:
    with FakeAnthropic() as fake:
        yield fake


@pytest.fixture
def fake(shared: FakeAnthropic) -> FakeAnthropic:
    shared.reset()
    return shared


def sdk(fake: FakeAnthropic, key: str = KEY, **headers: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        api_key=key, base_url=fake.url, max_retries=0, timeout=20, default_headers=headers
    )


def ask(fake: FakeAnthropic, headers: dict[str, str] | None = None, **body: Any) -> Any:
    message: dict[str, Any] = {"role": "user", "content": "Say numbers."}
    whole: Any = {"model": MODEL, "max_tokens": 100, "messages": [message]} | body
    return sdk(fake).messages.create(extra_headers=headers or {}, **whole)


def refusal(fake: FakeAnthropic, headers: dict[str, str] | None = None, **body: Any) -> str:
    with pytest.raises(anthropic.BadRequestError) as caught:
        ask(fake, headers, **body)
    assert caught.value.type == "invalid_request_error"
    return caught.value.api_message or ""


def test_a_message(fake: FakeAnthropic) -> None:
    message = ask(fake, system="Be brief.")
    assert [block.text for block in message.content] == ["t0 t1 t2 t3 t4"]
    assert message.stop_reason == "end_turn"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (15, 5)
    assert message.model == MODEL
    assert message._request_id == errors.REQUEST_ID
    assert fake.last.header("anthropic-version") == "2026-10-21"
    assert fake.last.header("authorization") == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"tool_calls": [ToolCall("weather", '{"city":"Bonn"}', "toolu_1")]},
        {"tool_calls": [ToolCall("weather", "", "toolu_1"), ToolCall("weather", "{}", "toolu_2")]},
        {"tokens": ["Let me", " see"], "tool_calls": [ToolCall("weather", "", "toolu_1")]},
        {"refusal": "No."},
        {"finish_reason": "max_tokens"},
        {"usage": {"cache_read_input_tokens": 30, "cache_creation_input_tokens": 4}},
    ],
)
def test_a_stream_put_together_is_the_message(fake: FakeAnthropic, plan: dict[str, Any]) -> None:
    body: dict[str, Any] = {
        "model": MODEL,
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Say numbers."}],
        "thinking": {"type": "adaptive", "display": "summarized"},
        "tools": [WEATHER],
    }
    fake.plan(**plan)
    whole = sdk(fake).messages.create(**body)
    fake.plan(**plan)
    with sdk(fake).messages.stream(**body) as events:
        put_together = events.get_final_message()
    assert put_together.to_dict() == whole.to_dict()


def test_a_raw_stream_has_the_providers_events(fake: FakeAnthropic) -> None:
    names = [event.type for event in ask(fake, stream=True)]
    assert names == [
        "message_start",
        "content_block_start",
        *["content_block_delta"] * 5,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert b"event: ping\n" in fake.last.response_body


def test_an_error_within_a_stream_raises(fake: FakeAnthropic) -> None:
    fake.plan(error_event_after=2)
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        list(ask(fake, stream=True))


def test_tools_and_their_results(fake: FakeAnthropic) -> None:
    message = ask(fake, tools=[WEATHER], tool_choice={"type": "any"})
    assert message.stop_reason == "tool_use"
    assert message.content[0].input == {"value": "t0 t1"}
    turns = [
        {"role": "user", "content": "How is Bonn?"},
        {"role": "assistant", "content": [CALL]},
        {"role": "user", "content": [RESULT, {"type": "text", "text": "Go on."}]},
    ]
    assert ask(fake, tools=[WEATHER], messages=turns).stop_reason == "end_turn"


def test_images_and_documents(fake: FakeAnthropic) -> None:
    image = {"type": "base64", "media_type": "image/png", "data": PNG}
    content = [
        {"type": "image", "source": image},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
        {"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}},
    ]
    message = ask(fake, messages=[{"role": "user", "content": content}])
    assert message.usage.input_tokens == 311
    image["data"] = base64.b64encode(b"GIF89a").decode()
    assert "does not appear to be" in refusal(fake, messages=[{"role": "user", "content": content}])


def test_tokens_are_counted(fake: FakeAnthropic) -> None:
    turns: Any = [{"role": "user", "content": "Say numbers."}]
    counted = sdk(fake).messages.count_tokens(model=MODEL, messages=turns)
    assert counted.input_tokens == 13


def test_models_are_listed(fake: FakeAnthropic) -> None:
    assert MODEL in [model.id for model in sdk(fake).models.list().data]


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_sampling_is_known_to_the_older_version_only(fake: FakeAnthropic, name: str) -> None:
    extra = {name: 1}
    model = "claude-haiku-4-5"
    message = f"{name}: Extra inputs are not permitted"
    assert refusal(fake, model=model, extra_body=extra) == message
    assert ask(fake, OLD, model=model, extra_body=extra).stop_reason == "end_turn"
    assert refusal(fake, OLD, extra_body=extra) == f"`{name}` is deprecated for this model."


def test_documents_of_the_assistant_are_known_to_the_older_version_only(
    fake: FakeAnthropic,
) -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "t0"}
    turns = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": [{"type": "document", "source": source}]},
        {"role": "user", "content": "Go on."},
    ]
    assert "does not match any of the expected tags" in refusal(fake, messages=turns)
    assert ask(fake, OLD, messages=turns).stop_reason == "end_turn"


def test_a_structured_answer_needs_a_closed_schema(fake: FakeAnthropic) -> None:
    def config(**schema: Any) -> dict[str, Any]:
        return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}

    closed = {"type": "object", "additionalProperties": False, "properties": {}}
    assert ask(fake, **config(**closed)).stop_reason == "end_turn"
    assert "must be explicitly set to false" in refusal(fake, **config(type="object"))
    whole = {"type": "integer", "minimum": 1}
    assert "'minimum' is not supported" in refusal(
        fake, **config(**closed | {"properties": {"a": whole}})
    )
    assert "does not support output format" in refusal(
        fake, model="claude-3-haiku-20240307", **config(**closed)
    )


def test_thinking_is_what_the_model_has(fake: FakeAnthropic) -> None:
    budget: Any = {"type": "enabled", "budget_tokens": 1024}
    assert "thinking.type.adaptive" in refusal(fake, thinking=budget)
    old: Any = {"model": "claude-haiku-4-5", "thinking": budget}
    assert "`max_tokens` must be greater" in refusal(fake, max_tokens=1024, **old)
    message = ask(fake, max_tokens=2000, **old)
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.usage.output_tokens_details.thinking_tokens == 3
    turns = [
        {"role": "user", "content": "How is Bonn?"},
        {"role": "assistant", "content": [CALL]},
        {"role": "user", "content": [RESULT]},
    ]
    assert "must start with a thinking block" in refusal(
        fake, max_tokens=2000, messages=turns, tools=[WEATHER], **old
    )
    forced: Any = {"tools": [WEATHER], "tool_choice": {"type": "any"}}
    assert "forces tool use" in refusal(fake, thinking={"type": "adaptive"}, **forced)
    assert "effort" in refusal(fake, model="claude-haiku-4-5", output_config={"effort": "low"})


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        ([], "at least one message"),
        ([("assistant", "Hi"), ("user", "Hi")], 'must use the "user" role'),
        ([("user", "Hi"), ("assistant", "Hi")], "does not support assistant message prefill"),
        ([("user", "")], "must be non-empty"),
        ([("user", " ")], "non-whitespace"),
        ([("user", "Hi"), ("assistant", [CALL]), ("user", "Hi")], "found without `tool_result`"),
        ([("user", [RESULT])], "unexpected `tool_use_id`"),
        (
            [
                ("user", "Hi"),
                ("assistant", [CALL]),
                ("user", [{"type": "text", "text": "Hi"}, RESULT]),
            ],
            "must come first",
        ),
        ([("user", "Hi"), ("assistant", [CALL]), ("user", [RESULT, RESULT])], "single result"),
        ([("user", [{"type": "text", "text": "Hi", "extra": 1}])], "text.extra: Extra inputs"),
        ([("user", "Hi"), ("assistant", [CALL | {"id": "a.b"}])], "should match pattern"),
        ([("system", "Hi"), ("user", "Hi")], "must follow a 'user' message"),
        ([("tool", "Hi")], "Input should be 'user', 'assistant' or 'system'"),
    ],
)
def test_conversations_that_it_refuses(
    fake: FakeAnthropic, turns: list[tuple[str, Any]], message: str
) -> None:
    messages = [{"role": role, "content": content} for role, content in turns]
    assert message in refusal(fake, messages=messages, tools=[WEATHER])


def test_instructions_may_come_late_where_the_model_takes_them(fake: FakeAnthropic) -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "system", "content": "Be brief."}]
    assert ask(fake, messages=turns).stop_reason == "end_turn"
    assert "is not supported on this model" in refusal(
        fake, messages=turns, model="claude-sonnet-4-6"
    )


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"seed": 1}, "seed: Extra inputs are not permitted"),
        ({"max_tokens": 200_000}, "which is the maximum allowed"),
        ({"stop_sequences": ["\n"]}, "must contain non-whitespace"),
        ({"metadata": {"user": "a"}}, "metadata.user: Extra inputs are not permitted"),
        ({"tools": [WEATHER | {"parameters": {}}]}, "parameters: Extra inputs are not permitted"),
        ({"tools": [{"name": "a b", "input_schema": {"type": "object"}}]}, "match pattern"),
        ({"tool_choice": {"type": "auto"}}, "while providing tools"),
        ({"service_tier": "flex"}, "Input should be 'auto' or 'standard_only'"),
    ],
)
def test_parameters_that_it_refuses(
    fake: FakeAnthropic, extra: dict[str, Any], message: str
) -> None:
    assert message in refusal(fake, extra_body=extra)


def test_max_tokens_is_required(fake: FakeAnthropic) -> None:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    headers = {"x-api-key": KEY, **OLD}
    address = ("127.0.0.1", fake.port)
    response = request(address, "POST", "/v1/messages", body, headers=headers)
    assert response.status == 400
    assert response.json()["error"]["message"] == "max_tokens: Field required"


def test_keys_and_versions(fake: FakeAnthropic) -> None:
    with pytest.raises(anthropic.AuthenticationError, match="invalid x-api-key"):
        sdk(fake, key="wrong").models.list()
    # `x-api-key` wins over the other.
    assert sdk(fake, key="wrong", **{"x-api-key": KEY}).models.list().data
    assert "not a valid version" in refusal(fake, {"anthropic-version": "2024-01-01"})
    with pytest.raises(anthropic.NotFoundError, match="model: claude-9"):
        ask(fake, model="claude-9")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.forbidden(), anthropic.PermissionDeniedError),
        (errors.rate_limited(), anthropic.RateLimitError),
        (errors.internal(), anthropic.InternalServerError),
        (errors.overloaded(), anthropic.APIStatusError),
    ],
)
def test_errors(
    fake: FakeAnthropic, error: errors.APIError, kind: type[anthropic.APIStatusError]
) -> None:
    fake.plan(error=error)
    with pytest.raises(kind) as caught:
        ask(fake)
    assert caught.value.status_code == error.status
    assert caught.value.type == error.body["error"]["type"]
    if error.status == 429:
        assert caught.value.response.headers["retry-after"] == "17"


def test_completions_of_older_models(fake: FakeAnthropic) -> None:
    """The SDK has no method for them any more; what it sends is still what they take."""
    body: dict[str, Any] = {
        "model": "claude-2.1",
        "prompt": "\n\nHuman: Say numbers.\n\nAssistant:",
        "max_tokens_to_sample": 10,
    }
    client = sdk(fake, **OLD)
    whole: Any = client.post("/v1/complete", body=body, cast_to=object)
    assert whole["completion"] == "t0 t1 t2 t3 t4"
    with pytest.raises(anthropic.BadRequestError, match="Human"):
        client.post("/v1/complete", body=body | {"prompt": "Hi"}, cast_to=object)
    with pytest.raises(anthropic.NotFoundError):
        sdk(fake).post("/v1/complete", body=body, cast_to=object)


def test_the_sdk_is_silent(fake: FakeAnthropic) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ask(fake)

# SPDX-License-Identifier: Apache-2.0
"""What is peculiar to Anthropic, through ai-proxy. The table of scenarios has the rest."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from fake_anthropic import KEY, FakeAnthropic, errors
from fake_provider import ToolCall
from harness import Gateway, KongFile, LogFile, file_log, request
from harness.sdk import CLIENT_KEY, client, numbered, text_of, usage_of, user

ENVIRONMENT = {"ANTHROPIC": KEY, "ANTHROPIC_BEARER": f"Bearer {KEY}"}
AUTH = {"header_name": "x-api-key", "header_value": "{vault://env/ANTHROPIC}"}
BEARER = {"header_name": "Authorization", "header_value": "{vault://env/ANTHROPIC_BEARER}"}
PRICES = {"input_cost": 10, "output_cost": 100, "cache_read_cost": 1, "cache_write_cost": 20}
BUDGET, NEW = "claude-haiku-4-5", "claude-sonnet-5-5"
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeAnthropic]:
    with FakeAnthropic() as fake:
        yield fake


@pytest.fixture
def upstream(shared: FakeAnthropic) -> FakeAnthropic:
    shared.reset()
    return shared


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("anthropic")


@pytest.fixture(scope="module")
def proxy(folder: Path, shared: FakeAnthropic) -> Iterator[Gateway]:
    log = file_log(folder / "file.log")
    file = KongFile()

    def route(path: str, model: str | None, version: str = "2023-06-01", **config: Any) -> None:
        target = shared.url + config.pop("operation", "/v1/messages")
        options = {"anthropic_version": version, "upstream_url": target}
        options |= config.pop("options", {})
        record = {"provider": "anthropic", "options": options}
        if model is not None:
            record["name"] = model
        plugin = {
            "route_type": "llm/v1/chat",
            "auth": AUTH,
            "model": record,
            "logging": {"log_statistics": True},
        }
        file.route(path, {"name": "ai-proxy", "config": plugin | config}, log)

    route("/budget", BUDGET)
    route("/new", NEW, "2026-10-21")
    route("/old", "claude-3-haiku-20240307")
    route("/bearer", NEW, auth=BEARER)
    route("/priced", NEW, options=PRICES)
    route("/reject", NEW, patchbay={"unsupported": "reject"})
    route("/legacy", "claude-2.1", operation="/v1/complete", route_type="llm/v1/completions")
    with Gateway(file, folder, ENVIRONMENT) as gateway:
        yield gateway


@pytest.fixture
def log(folder: Path) -> LogFile:
    return LogFile(folder / "file.log")


def ask(proxy: Gateway, path: str, test: str = "", **body: Any) -> Any:
    sdk = client(f"{proxy.url}/{path}", test)
    return sdk.chat.completions.create(**{"model": "", "messages": user(), **body})


# MARK: - Keys


@pytest.mark.parametrize("path", ["new", "bearer"])
def test_only_the_gateways_key_reaches_the_provider(
    proxy: Gateway, upstream: FakeAnthropic, path: str
) -> None:
    # A client of Anthropic's older SDKs has its key in a field that the provider believes first.
    body = {"messages": user()}
    headers = {"x-api-key": CLIENT_KEY, "Authorization": f"Bearer {CLIENT_KEY}"}
    response = request(proxy.address, "POST", f"/{path}", body, headers)
    assert response.status == 200, response
    assert CLIENT_KEY not in str(upstream.last.headers)
    keys = [upstream.last.header(name) for name in ("x-api-key", "authorization")]
    assert keys == ([KEY, None] if path == "new" else [None, f"Bearer {KEY}"])


# MARK: - Thinking


@pytest.mark.parametrize("path", ["budget", "new"])
def test_thoughts_are_told_and_counted(
    proxy: Gateway, upstream: FakeAnthropic, log: LogFile, path: str, test_id: str
) -> None:
    answer = ask(proxy, path, test_id, reasoning_effort="high")
    assert answer.choices[0].message.reasoning_content == "h0 h1 h2"
    assert answer.choices[0].message.content == numbered(5)
    assert usage_of(answer.usage) == (13, 8, 21)
    assert answer.usage.completion_tokens_details.reasoning_tokens == 3
    ask_stream = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(ask(proxy, path, test_id, reasoning_effort="high", **ask_stream))
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    thoughts = [getattr(delta, "reasoning_content", None) or "" for delta in deltas]
    assert "".join(thoughts) == "h0 h1 h2"
    assert text_of(chunks) == numbered(5)
    assert chunks[-1].usage == answer.usage
    for entry in log.entries(test_id, 2):
        assert usage_of(entry["ai"]["proxy"]["usage"]) == (13, 8, 21)


def test_a_budget_is_below_the_limit_that_the_client_sets(
    proxy: Gateway, upstream: FakeAnthropic
) -> None:
    ask(proxy, "budget", reasoning_effort="high", max_completion_tokens=3000)
    assert upstream.last.json()["max_tokens"] == 3000
    assert upstream.last.json()["thinking"] == {"type": "enabled", "budget_tokens": 1500}


@pytest.mark.parametrize("path", ["budget", "new"])
def test_a_conversation_with_tools_and_thoughts_goes_on(
    proxy: Gateway, upstream: FakeAnthropic, path: str
) -> None:
    """The thoughts behind the calls are gone: a budget would be refused, an effort is not."""
    upstream.plan(tool_calls=[ToolCall("weather", "", "toolu_1")])
    said = ask(proxy, path, tools=[TOOL], reasoning_effort="low").choices[0].message
    history = [
        *user(),
        said.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": said.tool_calls[0].id, "content": "rain"},
    ]
    answer = ask(proxy, path, messages=history, tools=[TOOL], reasoning_effort="low")
    assert answer.choices[0].message.content == numbered(5)
    assert ("thinking" in upstream.last.json()) == (path == "new")


# MARK: - Tools


def test_a_call_without_arguments_is_an_empty_object(
    proxy: Gateway, upstream: FakeAnthropic
) -> None:
    calls = [ToolCall("weather", "", "toolu_1"), ToolCall("weather", "{}", "toolu_2")]
    upstream.plan(tool_calls=calls)
    plain = ask(proxy, "new", tools=[TOOL]).choices[0].message.tool_calls
    assert [call.function.arguments for call in plain] == ["{}", "{}"]
    upstream.plan(tool_calls=calls)
    arguments = ["", ""]
    for chunk in ask(proxy, "new", tools=[TOOL], stream=True):
        for call in chunk.choices[0].delta.tool_calls or []:
            arguments[call.index] += call.function.arguments or ""
    assert arguments == ["{}", "{}"]


def test_a_conversation_of_another_provider_goes_on(
    proxy: Gateway, upstream: FakeAnthropic
) -> None:
    """Its ids are not Anthropic's, its results come apart, and no tool is on offer any more."""
    calls = [
        {"id": f"functions.weather:{n}", "type": "function", "function": {"name": "weather"}}
        for n in range(2)
    ]
    for call in calls:
        call["function"]["arguments"] = '{"city":"Bonn"}'  # type: ignore[index]
    history = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "user", "content": "again"},
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "functions.weather:1", "content": "sun"},
        {"role": "user", "content": "Well?"},
        {"role": "system", "content": "Hurry."},
        {"role": "tool", "tool_call_id": "functions.weather:0", "content": "rain"},
        {"role": "assistant", "content": None},
        {"role": "user", "content": " "},
    ]
    answer = ask(proxy, "new", messages=history)
    assert answer.choices[0].message.content == numbered(5)
    sent = upstream.last.json()
    assert [part["text"] for part in sent["system"]] == ["Be brief.", "Hurry."]
    results = sent["messages"][2]["content"]
    assert [part.get("content", part.get("text")) for part in results] == ["sun", "rain", "Well?"]


# MARK: - Content


def test_documents_reach_the_provider(proxy: Gateway, upstream: FakeAnthropic) -> None:
    pdf = base64.b64encode(b"%PDF-1.7 t0").decode()
    parts = [
        {"type": "text", "text": "Read"},
        {
            "type": "file",
            "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{pdf}"},
        },
        {"type": "file", "file": {"file_data": "https://example.org/b.pdf"}},
    ]
    assert ask(proxy, "new", messages=[{"role": "user", "content": parts}]).choices
    sources = [part.get("source") for part in upstream.last.json()["messages"][0]["content"]]
    assert sources[1:] == [
        {"type": "base64", "media_type": "application/pdf", "data": pdf},
        {"type": "url", "url": "https://example.org/b.pdf"},
    ]


def test_a_part_that_is_lost_is_named(proxy: Gateway, upstream: FakeAnthropic) -> None:
    sound = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
    content: Any = [{"type": "text", "text": "Listen"}, sound]
    sdk = client(f"{proxy.url}/new")
    raw = sdk.chat.completions.with_raw_response.create(
        model="", messages=[{"role": "user", "content": content}], seed=7
    )
    assert raw.headers["x-patchbay-unsupported"] == "seed, messages[0].content[1]"
    with pytest.raises(openai.BadRequestError) as caught:
        ask(proxy, "reject", messages=[{"role": "user", "content": content}])
    assert caught.value.param == "messages[0].content[1]"


def test_an_older_model_is_asked_for_json_in_words(proxy: Gateway, upstream: FakeAnthropic) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string", "minLength": 1}}}
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    assert ask(proxy, "old", response_format=form).choices
    assert '"minLength":1' in upstream.last.json()["system"]
    # A newer one is held to it, as far as its grammars go; the rest is told in words.
    assert ask(proxy, "new", response_format=form).choices
    sent = upstream.last.json()["output_config"]["format"]["schema"]
    assert sent["additionalProperties"] is False
    assert sent["properties"]["city"] == {"type": "string", "description": "{minLength: 1}"}


# MARK: - What it costs, and how it ends


def test_the_prompt_includes_what_a_cache_had(
    proxy: Gateway, upstream: FakeAnthropic, log: LogFile, test_id: str
) -> None:
    cached = {"cache_read_input_tokens": 100, "cache_creation_input_tokens": 10}
    upstream.plan(usage=cached)
    answer = ask(proxy, "priced", test_id)
    upstream.plan(usage=cached)
    last = list(ask(proxy, "priced", test_id, stream=True))[-1]
    assert last.usage is None, "nobody asked for it"
    assert usage_of(answer.usage) == (123, 5, 128)
    assert answer.usage.prompt_tokens_details.cached_tokens == 100
    assert answer.usage.prompt_tokens_details.cache_write_tokens == 10
    for entry in log.entries(test_id, 2):
        logged = entry["ai"]["proxy"]["usage"]
        assert usage_of(logged) == (123, 5, 128)
        # 13 tokens at 10, 100 at 1, 10 at 20 and 5 at 100, by the million.
        assert logged["cost"] == pytest.approx(0.00093)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_refusal_says_why(proxy: Gateway, upstream: FakeAnthropic, is_streamed: bool) -> None:
    upstream.plan(refusal="It is not safe.")
    answer = ask(proxy, "new", stream=is_streamed)
    if is_streamed:
        chunks = list(answer)
        refusal = "".join(chunk.choices[0].delta.refusal or "" for chunk in chunks)
        reason = chunks[-1].choices[0].finish_reason
    else:
        refusal = answer.choices[0].message.refusal
        reason = answer.choices[0].finish_reason
    assert (refusal, reason) == ("It is not safe.", "content_filter")


def test_an_overloaded_provider_says_so_before_and_within_a_stream(
    proxy: Gateway, upstream: FakeAnthropic
) -> None:
    upstream.plan(error=errors.overloaded())
    with pytest.raises(openai.InternalServerError) as caught:
        ask(proxy, "new", stream=True)
    assert (caught.value.status_code, caught.value.type) == (529, "overloaded_error")
    upstream.plan(error_event_after=2)
    with pytest.raises(openai.APIError) as within:
        list(ask(proxy, "new", stream=True))
    assert within.value.type == "overloaded_error"


def test_limits_have_openais_words_and_the_providers_patience(
    proxy: Gateway, upstream: FakeAnthropic
) -> None:
    upstream.plan(error=errors.rate_limited())
    with pytest.raises(openai.RateLimitError) as caught:
        ask(proxy, "new")
    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.response.headers["retry-after"] == "17"
    assert caught.value.response.headers["request-id"] == errors.REQUEST_ID


# MARK: - The API before messages


def test_models_before_messages_continue_texts(
    proxy: Gateway, upstream: FakeAnthropic, log: LogFile, test_id: str
) -> None:
    sdk = client(f"{proxy.url}/legacy", test_id)
    ask: dict[str, Any] = {"model": "claude-2.1", "prompt": "one two", "max_tokens": 9}
    answer = sdk.completions.create(**ask, temperature=0.5)
    assert answer.choices[0].text == numbered(5)
    assert answer.choices[0].finish_reason == "stop"
    assert upstream.last.json() == {
        "model": "claude-2.1",
        "prompt": "\n\nHuman: one two\n\nAssistant:",
        "max_tokens_to_sample": 9,
        "temperature": 0.5,
    }
    upstream.plan(finish_reason="max_tokens")
    with sdk.completions.create(**ask, stream=True) as stream:
        choices = [choice for value in stream for choice in value.choices]
    assert "".join(choice.text for choice in choices) == numbered(5)
    assert choices[-1].finish_reason == "length"
    # It reports no usage.
    for entry in log.entries(test_id, 2):
        assert entry["ai"]["proxy"]["usage"]["estimated"] is True

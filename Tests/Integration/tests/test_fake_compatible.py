# SPDX-License-Identifier: Apache-2.0
"""The fakes themselves, asked by the official SDK at their own addresses, without a gateway."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from fake_compatible import (
    FakeAzure,
    FakeCerebras,
    FakeCompatible,
    FakeDashScope,
    FakeDatabricks,
    FakeDeepSeek,
    FakeOllamaCompatible,
    FakeVLLM,
    FakeXAI,
)
from fake_compatible.azure import prompt_filtered
from fake_openai import APIError, ToolCall
from harness.sdk import numbered, text_of, usage_of, user

# Each with the base URL, the chat model, the model of completions and that of embeddings.
FAKES: dict[type[FakeCompatible], tuple[str, str, str | None, str | None]] = {
    FakeVLLM: (
        "/v1",
        "meta-llama/Llama-3.1-8B-Instruct",
        "base",
        "intfloat/e5-mistral-7b-instruct",
    ),
    FakeOllamaCompatible: ("/v1", "llama3.2", "codellama:code", "all-minilm"),
    FakeDeepSeek: ("", "deepseek-chat", None, None),
    FakeXAI: ("/v1", "grok-4", None, None),
    FakeCerebras: ("/v1", "gpt-oss-120b", "llama3.1-8b", None),
    FakeDashScope: (
        "/compatible-mode/v1",
        "qwen-plus",
        "qwen2.5-coder-32b-instruct",
        "text-embedding-v4",
    ),
    FakeDatabricks: (
        "/serving-endpoints",
        "databricks-meta-llama-3-3-70b-instruct",
        "base",
        "databricks-gte-large-en",
    ),
}


@pytest.fixture(params=FAKES, ids=lambda kind: kind.NAME)
def served(request: pytest.FixtureRequest) -> Iterator[FakeCompatible]:
    with request.param() as fake:
        yield fake


def sdk(fake: FakeCompatible, key: str | None = None) -> openai.OpenAI:
    base = fake.url + FAKES[type(fake)][0]
    return openai.OpenAI(api_key=key or fake.key or "none", base_url=base, max_retries=0)


def test_a_chat_and_its_stream_say_and_use_the_same(served: FakeCompatible) -> None:
    ask: dict[str, Any] = {"model": FAKES[type(served)][1], "messages": user("one two")}
    client = sdk(served)
    whole = client.chat.completions.create(**ask)
    options = {} if isinstance(served, FakeDatabricks) else {"include_usage": True}
    if options:
        ask["stream_options"] = options
    chunks = list(client.chat.completions.create(stream=True, **ask))
    assert whole.choices[0].message.content == text_of(chunks) == numbered(5)
    assert whole.usage
    used = [chunk.usage for chunk in chunks if chunk.usage]
    assert usage_of(used[-1]) == usage_of(whole.usage)
    assert whole.model == chunks[-1].model == ask["model"]


def test_tools_are_called(served: FakeCompatible) -> None:
    served.plan(tool_calls=[ToolCall("weather", '{"city":"Ulm"}', "call_1")])
    tool: Any = {"type": "function", "function": {"name": "weather", "parameters": {}}}
    answer = sdk(served).chat.completions.create(
        model=FAKES[type(served)][1], messages=user(), tools=[tool]
    )
    call: Any = (answer.choices[0].message.tool_calls or [])[0]
    assert (call.id, call.function.arguments) == ("call_1", '{"city":"Ulm"}')


def test_completions_and_embeddings_where_there_are_any(served: FakeCompatible) -> None:
    _, _, text, vectors = FAKES[type(served)]
    client = sdk(served)
    if text:
        answer = client.completions.create(model=text, prompt="x")
        assert answer.choices[0].text == numbered(5)
    if vectors:
        made = client.embeddings.create(model=vectors, input="x", dimensions=4)
        assert len(made.data[0].embedding) == 4


def test_a_wrong_key_is_refused(served: FakeCompatible) -> None:
    if not served.key:
        pytest.skip("it asks for none")
    with pytest.raises(openai.APIStatusError) as caught:
        sdk(served, "wrong").chat.completions.create(model=FAKES[type(served)][1], messages=user())
    assert caught.value.status_code == (400 if isinstance(served, FakeXAI) else 401)


def test_an_unknown_model_and_a_bad_role_are_refused_in_its_own_words(
    served: FakeCompatible,
) -> None:
    nobody: Any = {"role": "nobody", "content": "x"}
    with pytest.raises(openai.APIStatusError):
        sdk(served).chat.completions.create(model="nobody", messages=user())
    with pytest.raises(openai.APIStatusError):
        sdk(served).chat.completions.create(
            model=FAKES[type(served)][1],
            messages=[nobody],
        )


def test_databricks_refuses_stream_options_and_deepseek_the_role_developer() -> None:
    with FakeDatabricks() as fake, pytest.raises(openai.BadRequestError) as caught:
        sdk(fake).chat.completions.create(
            model=FAKES[FakeDatabricks][1],
            messages=user(),
            stream=True,
            stream_options={"include_usage": True},
        )
    assert "stream_options: Extra inputs are not permitted" in str(caught.value)
    with FakeDeepSeek() as fake, pytest.raises(openai.UnprocessableEntityError):
        sdk(fake).chat.completions.create(
            model="deepseek-chat", messages=[{"role": "developer", "content": "x"}]
        )


def test_deepseek_reasons_beside_its_content() -> None:
    with FakeDeepSeek() as fake:
        ask: dict[str, Any] = {"model": "deepseek-reasoner", "messages": user()}
        whole = sdk(fake).chat.completions.create(**ask)
        chunks = list(sdk(fake).chat.completions.create(stream=True, **ask))
    said: Any = whole.choices[0].message
    assert said.reasoning_content == "r0 r1"
    deltas: list[Any] = [chunk.choices[0].delta for chunk in chunks]
    assert "".join(getattr(one, "reasoning_content", "") or "" for one in deltas) == "r0 r1"
    assert whole.usage and whole.usage.model_extra
    assert whole.usage.model_extra["prompt_cache_hit_tokens"] == 0


def test_xai_counts_reasoning_beside_the_completion() -> None:
    with FakeXAI() as fake:
        fake.plan(usage={"completion_tokens_details": {"reasoning_tokens": 90}})
        answer = sdk(fake).chat.completions.create(model="grok-4", messages=user())
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 5 + 90


# MARK: - Azure


@pytest.fixture
def azure() -> Iterator[FakeAzure]:
    with FakeAzure() as fake:
        yield fake


def azure_sdk(fake: FakeAzure, version: str = "2024-10-21", **more: Any) -> openai.AzureOpenAI:
    credentials = more or {"api_key": fake.key}
    return openai.AzureOpenAI(
        azure_endpoint=fake.url, api_version=version, max_retries=0, **credentials
    )


def test_azure_answers_a_deployment_with_filters(azure: FakeAzure) -> None:
    client = azure_sdk(azure)
    whole = client.chat.completions.create(model="chat", messages=user())
    assert whole.model == "gpt-4o-mini-2024-07-18"
    extra: Any = whole.choices[0].model_extra
    assert extra["content_filter_results"]["hate"] == {"filtered": False, "severity": "safe"}
    options: Any = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(
            model="chat", messages=user(), stream=True, stream_options=options
        )
    )
    assert chunks[0].choices == [] and chunks[0].model_extra
    assert chunks[0].model_extra["prompt_filter_results"]
    assert text_of(chunks) == numbered(5)
    assert chunks[-1].usage == whole.usage
    assert client.embeddings.create(model="vectors", input="x", dimensions=2).data


def test_azure_takes_a_token_of_entra(azure: FakeAzure) -> None:
    client = azure_sdk(azure, azure_ad_token=azure.TOKEN)
    assert client.chat.completions.create(model="chat", messages=user()).choices
    with pytest.raises(openai.AuthenticationError):
        azure_sdk(azure, azure_ad_token="old").chat.completions.create(
            model="chat", messages=user()
        )


@pytest.mark.parametrize(
    ("version", "model", "key", "error", "text"),
    [
        ("2024-10-21", "chat", "wrong", openai.AuthenticationError, "invalid subscription key"),
        ("2024-10-21", "nobody", None, openai.NotFoundError, "API deployment"),
        ("1999-01-01", "chat", None, openai.NotFoundError, "Resource not found"),
    ],
)
def test_azure_refuses(
    azure: FakeAzure, version: str, model: str, key: str | None, error: Any, text: str
) -> None:
    with pytest.raises(error) as caught:
        azure_sdk(azure, version, api_key=key or azure.key).chat.completions.create(
            model=model, messages=user()
        )
    assert text in str(caught.value)


def test_an_old_version_of_azure_knows_no_stream_options(azure: FakeAzure) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        azure_sdk(azure, "2023-05-15").chat.completions.create(
            model="chat", messages=user(), stream=True, stream_options={"include_usage": True}
        )
    assert "Unrecognized request argument supplied: stream_options" in str(caught.value)


def test_azure_filters_a_prompt(azure: FakeAzure) -> None:
    azure.plan(error=prompt_filtered())
    with pytest.raises(openai.BadRequestError) as caught:
        azure_sdk(azure).chat.completions.create(model="chat", messages=user())
    assert caught.value.code == "content_filter"
    azure.plan(error=APIError(429, "slow", headers=(("retry-after", "20"),)))
    with pytest.raises(openai.RateLimitError) as limited:
        azure_sdk(azure).chat.completions.create(model="chat", messages=user())
    assert limited.value.response.headers["retry-after"] == "20"

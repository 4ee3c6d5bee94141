# SPDX-License-Identifier: Apache-2.0
"""Clients that speak Anthropic's own API to the gateway: `llm_format: anthropic`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import pytest

from fake_anthropic import KEY, FakeAnthropic, errors
from fake_provider import ToolCall
from harness import Gateway, KongFile, LogFile, file_log, request
from harness.sdk import CLIENT_KEY, usage_of

MODEL = "claude-sonnet-5-5"
OLD = "claude-haiku-4-5"
CACHED = {"cache_read_input_tokens": 100, "cache_creation_input_tokens": 10}


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
    return tmp_path_factory.mktemp("native")


@pytest.fixture(scope="module")
def proxy(folder: Path, shared: FakeAnthropic) -> Iterator[Gateway]:
    file = KongFile()
    for path, model in (("/any", None), ("/one", MODEL)):
        record: dict[str, Any] = {
            "provider": "anthropic",
            "options": {"anthropic_version": "2023-06-01", "upstream_url": shared.url},
        }
        if model:
            record["name"] = model
        config = {
            "route_type": "llm/v1/chat",
            "llm_format": "anthropic",
            "auth": {"header_name": "Authorization", "header_value": "{vault://env/ANTHROPIC}"},
            "model": record,
            "logging": {"log_statistics": True},
        }
        file.route(path, {"name": "ai-proxy", "config": config}, file_log(folder / "file.log"))
    with Gateway(file, folder, {"ANTHROPIC": f"Bearer {KEY}"}) as gateway:
        yield gateway


@pytest.fixture
def log(folder: Path) -> LogFile:
    return LogFile(folder / "file.log")


def sdk(proxy: Gateway, test: str = "", path: str = "any", **headers: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        api_key=CLIENT_KEY,
        base_url=f"{proxy.url}/{path}",
        max_retries=0,
        timeout=20,
        default_headers={"x-test": test, **headers},
    )


def body(**more: Any) -> Any:
    message = {"role": "user", "content": "Say numbers."}
    return {"model": MODEL, "max_tokens": 100, "messages": [message], **more}


def test_an_answer_is_the_providers_to_the_byte(
    proxy: Gateway, upstream: FakeAnthropic, log: LogFile, test_id: str
) -> None:
    upstream.plan(usage=CACHED)
    raw = sdk(proxy, test_id).messages.with_raw_response.create(**body())
    assert raw.read() == upstream.last.response_body
    assert raw.headers["x-kong-llm-model"] == f"anthropic/{MODEL}"
    assert "set-cookie" not in raw.headers
    assert upstream.last.path == "/v1/messages"
    assert CLIENT_KEY not in str(upstream.last.headers)
    logged = log.entry(test_id)["ai"]["proxy"]
    assert usage_of(logged["usage"]) == (123, 5, 128)
    assert logged["meta"]["response_model"] == MODEL


def test_a_stream_is_the_providers_and_is_counted(
    proxy: Gateway, upstream: FakeAnthropic, log: LogFile, test_id: str
) -> None:
    tool = {"name": "weather", "input_schema": {"type": "object"}}
    plan: dict[str, Any] = {
        "tool_calls": [ToolCall("weather", '{"city":"Bonn"}', "toolu_1")],
        "usage": CACHED,
    }
    upstream.plan(**plan)
    whole = sdk(proxy, test_id).messages.create(**body(tools=[tool]))
    upstream.plan(**plan)
    with sdk(proxy, test_id).messages.stream(**body(tools=[tool])) as events:
        assert events.get_final_message().to_dict() == whole.to_dict()
    plain, streamed = (entry["ai"]["proxy"] for entry in log.entries(test_id, 2))
    assert usage_of(plain["usage"]) == usage_of(streamed["usage"])
    assert streamed["meta"]["request_mode"] == "stream"
    assert streamed["usage"]["prompt_tokens_details"]["cached_tokens"] == 100


def test_the_version_is_the_clients_where_it_names_one(
    proxy: Gateway, upstream: FakeAnthropic
) -> None:
    sdk(proxy).messages.create(**body())
    assert upstream.last.header("anthropic-version") == "2026-10-21"
    response = request(proxy.address, "POST", "/any/v1/messages", body(model=OLD, temperature=0.5))
    assert response.status == 200, response
    assert upstream.last.header("anthropic-version") == "2023-06-01"


def test_a_client_that_has_its_key_in_the_older_place(
    proxy: Gateway, upstream: FakeAnthropic
) -> None:
    """The provider would believe it more than the gateway's."""
    sdk(proxy, **{"x-api-key": CLIENT_KEY}).messages.create(**body())
    assert upstream.last.header("x-api-key") is None


def test_betas_pass(proxy: Gateway, upstream: FakeAnthropic) -> None:
    sdk(proxy, **{"anthropic-beta": "fast-mode-2026-02-01"}).messages.create(**body())
    assert upstream.last.header("anthropic-beta") == "fast-mode-2026-02-01"


def test_tokens_are_counted(proxy: Gateway, upstream: FakeAnthropic) -> None:
    turns: Any = body()["messages"]
    assert sdk(proxy).messages.count_tokens(model=MODEL, messages=turns).input_tokens == 13
    assert upstream.last.path == "/v1/messages/count_tokens"


def test_errors_are_the_providers(proxy: Gateway, upstream: FakeAnthropic) -> None:
    upstream.plan(error=errors.overloaded())
    with pytest.raises(anthropic.APIStatusError) as caught:
        sdk(proxy).messages.create(**body())
    assert caught.value.status_code == 529
    assert caught.value.body == errors.overloaded().body
    with pytest.raises(anthropic.BadRequestError, match="temperature: Extra inputs"):
        sdk(proxy).messages.create(**body(extra_body={"temperature": 1}))


def test_another_model_than_the_configured_one_is_refused(
    proxy: Gateway, upstream: FakeAnthropic
) -> None:
    assert sdk(proxy, path="one").messages.create(**body()).content
    with pytest.raises(anthropic.BadRequestError, match="cannot use own model"):
        sdk(proxy, path="one").messages.create(**body(model=OLD))
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("path", ["/v1/messages/batches", "/v1/files", "/v1/complete", "/"])
def test_nothing_else_is_reached(proxy: Gateway, upstream: FakeAnthropic, path: str) -> None:
    response = request(proxy.address, "POST", f"/any{path}", body())
    assert response.status == 404, response
    assert not upstream.requests

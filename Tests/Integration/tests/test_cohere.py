# SPDX-License-Identifier: Apache-2.0
"""What is Cohere's alone, through a gateway: the table of scenarios has the rest."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cohere
import openai
import pytest

from fake_cohere import KEY, FakeCohere, embed
from fake_provider import ToolCall
from harness import Gateway, KongFile, LogFile, file_log, request
from harness.sdk import CLIENT_KEY, client, numbered, user

MODEL = "command-a-03-2025"
REASONING = "command-a-reasoning-08-2025"
VARIABLE = "TEST_COHERE"


def _plugin(url: str, model: str | None, route: str = "llm/v1/chat", **config: Any) -> Any:
    record: dict[str, Any] = {"provider": "cohere", "options": {"upstream_url": url}}
    record["options"] |= config.pop("options", {})
    if model is not None:
        record["name"] = model
    auth = {"header_name": "Authorization", "header_value": f"{{vault://env/{VARIABLE}}}"}
    return {
        "name": "ai-proxy",
        "config": {
            "route_type": route,
            "auth": auth,
            "model": record,
            "logging": {"log_statistics": True, "log_payloads": False},
            **config,
        },
    }


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cohere")


@pytest.fixture(scope="module")
def shared_cohere() -> Iterator[FakeCohere]:
    with FakeCohere() as fake:
        yield fake


@pytest.fixture
def fake_cohere(shared_cohere: FakeCohere) -> FakeCohere:
    shared_cohere.reset()
    return shared_cohere


@pytest.fixture(scope="module")
def running(directory: Path, shared_cohere: FakeCohere) -> Iterator[Gateway]:
    url = shared_cohere.url
    log = file_log(directory / "log")
    file = KongFile()
    file.route("/chat", _plugin(f"{url}/v2/chat", None), log)
    strict = {"unsupported": "reject"}
    file.route("/strict", _plugin(f"{url}/v2/chat", MODEL, patchbay=strict), log)
    file.route("/old", _plugin(f"{url}/v1/chat", MODEL), log)
    file.route("/completions", _plugin(f"{url}/v2/chat", MODEL, "llm/v1/completions"), log)
    file.route("/native", _plugin(url, None, llm_format="cohere"), log)
    options = {"cohere": {"embedding_input_type": "search_document"}}
    vectors = _plugin(f"{url}/v2/embed", "embed-v4.0", "llm/v1/embeddings", options=options)
    file.route("/embed", vectors, log)
    with Gateway(file, directory, {VARIABLE: f"Bearer {KEY}"}) as gateway:
        yield gateway


@pytest.fixture
def log(directory: Path) -> LogFile:
    return LogFile(directory / "log")


def _ask(gateway: Gateway, path: str, **body: Any) -> Any:
    return request(gateway.address, "POST", path, {"messages": user()} | body)


def test_thoughts_are_told_apart_and_go_back(running: Gateway, fake_cohere: FakeCohere) -> None:
    sdk = client(f"{running.url}/chat")
    ask: Any = {"model": REASONING, "messages": user()}
    said = sdk.chat.completions.create(**ask).choices[0].message
    assert said.content == numbered(5)
    assert said.model_extra == {"reasoning_content": "Numbers it is."}
    thoughts = [
        (choice.delta.model_extra or {}).get("reasoning_content")
        for chunk in sdk.chat.completions.create(**ask, stream=True)
        for choice in chunk.choices
    ]
    assert [thought for thought in thoughts if thought] == ["Numbers", " it is."]
    history: Any = [*user(), said.model_dump(exclude_none=True), *user("And more?")]
    sdk.chat.completions.create(model=REASONING, messages=history)
    content = fake_cohere.last.json()["messages"][1]["content"]
    assert [part["type"] for part in content] == ["thinking", "text"]


def test_a_plan_is_what_the_model_says(running: Gateway, fake_cohere: FakeCohere) -> None:
    fake_cohere.plan(tokens=["I ", "will."], tool_calls=[ToolCall("now", "{}", "now_1")])
    tool: Any = {"type": "function", "function": {"name": "now"}}
    sdk = client(f"{running.url}/chat")
    said = sdk.chat.completions.create(model=MODEL, messages=user(), tools=[tool])
    message = said.choices[0].message
    assert message.content == "I will."
    history: Any = [*user(), message.model_dump(exclude_none=True)]
    history.append({"role": "tool", "tool_call_id": "now_1", "content": "noon"})
    sdk.chat.completions.create(model=MODEL, messages=history, tools=[tool])
    assert fake_cohere.last.json()["messages"][1] == {
        "role": "assistant",
        "tool_plan": "I will.",
        "tool_calls": [
            {"id": "now_1", "type": "function", "function": {"name": "now", "arguments": "{}"}}
        ],
    }


def test_documents_pass_and_citations_do_not(running: Gateway, fake_cohere: FakeCohere) -> None:
    sdk = client(f"{running.url}/chat")
    extra = {"documents": ["t0 is a number"], "safety_mode": "STRICT"}
    ask: Any = {"model": MODEL, "messages": user(), "extra_body": extra}
    answer = sdk.chat.completions.with_raw_response.create(**ask)
    assert "citations" not in answer.text and "x-patchbay-unsupported" not in answer.headers
    assert fake_cohere.last.json()["documents"] == ["t0 is a number"]
    chunks = list(sdk.chat.completions.create(**ask, stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == numbered(5)


def test_what_cannot_be_taken_is_named_or_refused(
    running: Gateway, fake_cohere: FakeCohere
) -> None:
    lossy = {"top_p": 1, "n": 3, "response_format": {"type": "grammar"}}
    warned = _ask(running, "/chat", model=MODEL, **lossy)
    assert warned.status == 200, warned
    assert warned.header("x-patchbay-unsupported") == "top_p, response_format, n"
    assert fake_cohere.last.json()["p"] == 0.99
    fake_cohere.reset()
    refused = _ask(running, "/strict", **lossy)
    assert refused.status == 400
    assert "cohere cannot take top_p, response_format, n" in refused.json()["error"]["message"]
    assert fake_cohere.requests == []
    # What is so without a word of it is not lost.
    assert _ask(running, "/strict", n=1, logprobs=False, store=False).status == 200


@pytest.mark.parametrize("accepts", ["application/json", "text/event-stream"])
def test_version_1_streams_as_lines_and_as_events(
    running: Gateway, fake_cohere: FakeCohere, accepts: str
) -> None:
    body = {"messages": user(), "stream": True}
    headers = {"Accept": accepts}
    response = request(running.address, "POST", "/old", body, headers)
    assert response.header("content-type") == "text/event-stream"
    events = response.body.decode().split("\n\n")
    texts = [json.loads(event[6:])["choices"][0]["delta"] for event in events[:-2]]
    assert "".join(delta.get("content", "") for delta in texts) == numbered(5)
    assert events[-2:] == ["data: [DONE]", ""]


def test_version_1_has_history_and_preamble(running: Gateway, fake_cohere: FakeCohere) -> None:
    messages: Any = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": "Hello."},
        *user(),
    ]
    client(f"{running.url}/old").chat.completions.create(model=MODEL, messages=messages)
    assert fake_cohere.last.json() == {
        "model": MODEL,
        "message": "Say numbers.",
        "preamble": "Be brief.",
        "chat_history": [
            {"role": "USER", "message": "Hi."},
            {"role": "CHATBOT", "message": "Hello."},
        ],
        "stream": False,
    }


def test_a_safety_stop_of_version_1(running: Gateway, fake_cohere: FakeCohere) -> None:
    fake_cohere.plan(finish_reason="content_filter")
    answer = client(f"{running.url}/old").chat.completions.create(model=MODEL, messages=user())
    assert answer.choices[0].finish_reason == "content_filter"


def test_completions_by_a_chat_model(running: Gateway, fake_cohere: FakeCohere) -> None:
    sdk = client(f"{running.url}")
    answer = sdk.completions.create(model=MODEL, prompt="one two")
    assert answer.choices[0].text == numbered(5)
    assert fake_cohere.last.path == "/v2/chat"


def test_an_answer_that_failed_is_an_error(running: Gateway, fake_cohere: FakeCohere) -> None:
    fake_cohere.plan(finish_reason="ERROR")
    with pytest.raises(openai.InternalServerError) as caught:
        client(f"{running.url}/chat").chat.completions.create(model=MODEL, messages=user())
    assert caught.value.status_code == 502


def test_vectors_have_the_type_of_the_configuration_or_of_the_client(
    running: Gateway, fake_cohere: FakeCohere
) -> None:
    for own, expected in (
        ({}, "search_document"),
        ({"input_type": "search_query"}, "search_query"),
    ):
        body = {"input": "a b", "dimensions": 256} | own
        response = request(running.address, "POST", "/embed", body)
        assert response.json()["data"][0]["embedding"] == embed.vector("a b", 256)
        sent = fake_cohere.last.json()
        assert (sent["input_type"], sent["output_dimension"]) == (expected, 256)


# MARK: - Cohere's own API


def test_cohere_sdk_speaks_to_the_gateway(
    running: Gateway, fake_cohere: FakeCohere, log: LogFile, test_id: str
) -> None:
    sdk = cohere.ClientV2(CLIENT_KEY, base_url=f"{running.url}/native")
    options: Any = {"additional_headers": {"x-test": test_id}, "max_retries": 0}
    ask: Any = {"model": MODEL, "messages": [{"role": "user", "content": "Say numbers."}]}
    answer = sdk.chat(**ask, request_options=options)
    content: Any = answer.message.content
    assert content[0].text == numbered(5)
    events: list[Any] = list(sdk.chat_stream(**ask, request_options=options))
    assert [event.type for event in events][-1] == "message-end"
    assert fake_cohere.last.header("authorization") == f"Bearer {KEY}"
    for entry in log.entries(test_id, 2):
        usage = entry["ai"]["proxy"]["usage"]
        assert (usage["prompt_tokens"], usage["completion_tokens"]) == (7, 5)


def test_native_answers_keep_their_bytes(running: Gateway, fake_cohere: FakeCohere) -> None:
    body = {"model": MODEL, "messages": user(), "stream": True}
    response = request(running.address, "POST", "/native/v2/chat", body)
    assert response.body == fake_cohere.last.response_body
    assert fake_cohere.last.json() == body
    wrong = request(running.address, "POST", "/native/v2/chat", body | {"user": "x"})
    assert wrong.status == 422
    assert wrong.body == fake_cohere.last.response_body


def test_reranking_passes(running: Gateway, fake_cohere: FakeCohere) -> None:
    sdk = cohere.ClientV2(CLIENT_KEY, base_url=f"{running.url}/native")
    answer = sdk.rerank(model="rerank-v3.5", query="a b", documents=["x", "b a"], top_n=1)
    assert [result.index for result in answer.results] == [1]
    other = request(running.address, "POST", "/native/v1/models", {})
    assert other.status == 404

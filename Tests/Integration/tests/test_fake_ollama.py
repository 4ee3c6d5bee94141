# SPDX-License-Identifier: Apache-2.0
"""The fake of Ollama, driven by Ollama's own client."""

import base64
from collections.abc import Iterator
from typing import Any

import ollama
import pytest

from fake_ollama import KEY, FakeOllama, Plan, ToolCall, errors
from harness.client import request

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
USER: list[dict[str, Any]] = [{"role": "user", "content": "Say numbers."}]


@pytest.fixture
def server() -> Iterator[FakeOllama]:
    with FakeOllama() as fake:
        yield fake


@pytest.fixture
def sdk(server: FakeOllama) -> ollama.Client:
    return ollama.Client(server.url, headers={"Authorization": f"Bearer {KEY}"})


def test_an_answer(server: FakeOllama, sdk: ollama.Client) -> None:
    answer = sdk.chat("llama2", USER, options={"num_predict": 9, "stop": ["x"]})
    assert answer.message.content == "t0 t1 t2 t3 t4"
    assert (answer.done, answer.done_reason) == (True, "stop")
    assert (answer.prompt_eval_count, answer.eval_count) == (6, 5)


def test_a_stream_says_what_the_answer_says(server: FakeOllama, sdk: ollama.Client) -> None:
    whole = sdk.chat("llama2", USER)
    chunks = list(sdk.chat("llama2", USER, stream=True))
    assert "".join(chunk.message.content or "" for chunk in chunks) == whole.message.content
    assert [chunk.done for chunk in chunks] == [False] * 5 + [True]
    assert chunks[-1].eval_count == whole.eval_count
    assert server.last.response_body.count(b"\n") == 6


@pytest.mark.parametrize("streamed", [False, True])
def test_tool_calls_have_objects_and_no_ids(
    server: FakeOllama, sdk: ollama.Client, streamed: bool
) -> None:
    calls = [ToolCall("weather", '{"city":"Köln"}'), ToolCall("weather", "{}")]
    server.plan(tool_calls=calls)
    if streamed:
        chunks = list(sdk.chat("mistral", USER, tools=[TOOL], stream=True))
        found = [call for chunk in chunks for call in chunk.message.tool_calls or ()]
    else:
        found = list(sdk.chat("mistral", USER, tools=[TOOL]).message.tool_calls or ())
    assert [(call.function.name, call.function.arguments) for call in found] == [
        ("weather", {"city": "Köln"}),
        ("weather", {}),
    ]
    assert b'"id"' not in server.last.response_body


def test_tool_results(server: FakeOllama, sdk: ollama.Client) -> None:
    call = {"function": {"name": "weather", "arguments": {"city": "Köln"}}}
    messages = [
        *USER,
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_name": "weather", "content": "rain"},
    ]
    assert sdk.chat("mistral", messages, tools=[TOOL]).message.content == "t0 t1 t2 t3 t4"


def test_thoughts(server: FakeOllama, sdk: ollama.Client) -> None:
    assert sdk.chat("qwen3", USER, think="low").message.thinking == "Hm, numbers."
    assert sdk.chat("qwen3", USER).message.thinking is None


def test_images(server: FakeOllama, sdk: ollama.Client) -> None:
    image = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    message = {"role": "user", "content": "What is it?", "images": [image]}
    assert sdk.chat("llava", [message]).prompt_eval_count == 4 + 3 + 576


def test_generate(server: FakeOllama, sdk: ollama.Client) -> None:
    server.plan(finish_reason="length")
    whole = sdk.generate("mistral", "One two", suffix="three")
    assert (whole.response, whole.done_reason) == ("t0 t1 t2 t3 t4", "length")
    assert (whole.prompt_eval_count, whole.eval_count) == (5, 5)
    chunks = list(sdk.generate("llama2", "One two", stream=True))
    assert "".join(chunk.response or "" for chunk in chunks) == "t0 t1 t2 t3 t4"


def test_embed(server: FakeOllama, sdk: ollama.Client) -> None:
    answer = sdk.embed("all-minilm", ["one", "two words"], dimensions=4)
    assert [len(vector) for vector in answer.embeddings] == [4, 4]
    assert answer.prompt_eval_count == 7


@pytest.mark.parametrize(
    ("ask", "status", "words"),
    [
        ({"model": "unknown"}, 404, "not found"),
        ({"tools": [TOOL]}, 400, "does not support tools"),
        ({"think": True}, 400, "does not support thinking"),
        ({"options": {"num_predict": "9"}}, 400, "must be of type integer"),
        ({"options": {"stop": "x"}}, 400, "must be of type array"),
        ({"messages": [{"role": "human", "content": "x"}]}, 400, "invalid role"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, 400, "cannot unmarshal array"),
        ({"messages": [USER[0] | {"images": ["data:x"]}]}, 400, "illegal base64"),
        ({"model": "all-minilm"}, 400, "does not support chat"),
    ],
)
def test_what_it_refuses(server: FakeOllama, ask: dict[str, Any], status: int, words: str) -> None:
    body = {"model": "llama2", "messages": USER, **ask}
    headers = {"Authorization": f"Bearer {KEY}"}
    response = request(("127.0.0.1", server.port), "POST", "/api/chat", body, headers)
    assert response.status == status, response
    assert words in response.json()["error"]


def test_errors(server: FakeOllama, sdk: ollama.Client) -> None:
    with pytest.raises(ollama.ResponseError, match="unauthorized") as raised:
        ollama.Client(server.url).chat("llama2", USER)
    assert raised.value.status_code == 401
    server.plan(error=errors.busy())
    with pytest.raises(ollama.ResponseError, match="server busy") as raised:
        sdk.chat("llama2", USER)
    assert raised.value.status_code == 503
    server.plan(error_event_after=2)
    stream = sdk.chat("llama2", USER, stream=True)
    with pytest.raises(ollama.ResponseError, match="system memory"):
        list(stream)


def test_counts_can_be_missing(server: FakeOllama, sdk: ollama.Client) -> None:
    server.always(lambda: Plan(reports_usage=False))
    assert sdk.chat("llama2", USER).eval_count is None

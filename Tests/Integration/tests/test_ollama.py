# SPDX-License-Identifier: Apache-2.0
"""Ollama's own API behind the gateway: what is peculiar to it."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from fake_ollama import KEY, FakeOllama, Gate, ToolCall, at, errors, every
from harness import Gateway, KongFile, LogFile, connect, file_log, request
from harness.client import start
from harness.sdk import client, numbered, text_of, usage_of, user
from tests.events import DONE, data_of
from tests.self_hosted import VARIABLE, proxy

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
CALLS = [
    ToolCall("weather", '{"city":"Köln"}'),
    ToolCall("weather", '{"city":"Bonn"}'),
    ToolCall("time", "{}"),
]


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeOllama]:
    with FakeOllama() as fake:
        yield fake


@pytest.fixture
def ollama(shared: FakeOllama) -> FakeOllama:
    shared.reset()
    return shared


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ollama")


@pytest.fixture(scope="module")
def gateway(place: Path, shared: FakeOllama) -> Iterator[Gateway]:
    log = file_log(place / "file.log")
    llama = {"llama2_format": "ollama"}
    mistral = {"mistral_format": "ollama"}
    file = KongFile()
    # An address without a path is the server.
    file.route("/chat", proxy("llama2", shared.url, "llama2", options=llama), log)
    chat = f"{shared.url}/api/chat"
    file.route("/mistral", proxy("mistral", chat, "mistral", options=mistral), log)
    file.route("/any", proxy("llama2", chat, None, options=llama), log)
    tuned = {**llama, "max_tokens": 7, "temperature": 0.25, "top_p": 0.5, "top_k": 3}
    file.route("/tuned", proxy("llama2", chat, "llama2", options=tuned), log)
    strict = {"unsupported": "reject"}
    file.route("/strict", proxy("llama2", chat, "llama2", options=llama, patchbay=strict), log)
    file.route(
        "/completions",
        proxy("mistral", f"{shared.url}/api/generate", "mistral", "llm/v1/completions", mistral),
        log,
    )
    file.route(
        "/embeddings",
        proxy("llama2", f"{shared.url}/api/embed", "all-minilm", "llm/v1/embeddings", llama),
        log,
    )
    with Gateway(file, place, {VARIABLE: f"Bearer {KEY}"}) as running:
        yield running


@pytest.fixture(scope="module")
def log_file(gateway: Gateway, place: Path) -> LogFile:
    return LogFile(place / "file.log")


def ask(gateway: Gateway, path: str, **body: Any) -> Any:
    return request(gateway.address, "POST", path, {"messages": user(), **body})


def test_an_answer_and_its_stream_are_the_same(
    gateway: Gateway, ollama: FakeOllama, log_file: LogFile, test_id: str
) -> None:
    sdk = client(f"{gateway.url}/chat", test_id)
    whole = sdk.chat.completions.create(model="llama2", messages=user())
    assert whole.choices[0].message.content == numbered(5)
    assert whole.choices[0].finish_reason == "stop"
    assert whole.id.startswith("chatcmpl-")
    assert whole.model == "llama2"
    assert whole.usage and usage_of(whole.usage) == (6, 5, 11)
    chunks = list(
        sdk.chat.completions.create(
            model="llama2",
            messages=user(),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert text_of(chunks) == numbered(5)
    assert chunks[-1].usage == whole.usage
    assert ollama.last.path == "/api/chat"
    for entry in log_file.entries(test_id, 2):
        assert usage_of(entry["ai"]["proxy"]["usage"]) == (6, 5, 11)


def test_the_request_is_ollamas(gateway: Gateway, ollama: FakeOllama) -> None:
    response = ask(gateway, "/chat", max_tokens=9, stop="x", seed=7, temperature=0.5)
    assert response.status == 200, response
    assert response.header("x-kong-llm-model") == "llama2/llama2"
    assert response.header("x-patchbay-unsupported") is None
    assert ollama.last.json() == {
        "model": "llama2",
        "messages": [{"role": "user", "content": "Say numbers."}],
        "stream": False,
        "options": {"num_predict": 9, "temperature": 0.5, "seed": 7, "stop": ["x"]},
    }


def test_configured_tuning_wins(gateway: Gateway, ollama: FakeOllama) -> None:
    assert ask(gateway, "/tuned", max_tokens=900, temperature=2, seed=1).status == 200
    options = {"num_predict": 7, "temperature": 0.25, "top_p": 0.5, "top_k": 3, "seed": 1}
    assert ollama.last.json()["options"] == options


@pytest.mark.parametrize("size", [1, 2, 3, 7, 61, 1000])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_any_split_of_the_lines(
    gateway: Gateway, ollama: FakeOllama, size: int, ending: bytes
) -> None:
    texts = ["Grü", "ß €", "\u2028\x85", '"\\', "\n\r\n", "👩‍🚀"]
    ollama.plan(tokens=texts, split=every(size), line_ending=ending)
    sdk = client(f"{gateway.url}/chat")
    chunks = list(sdk.chat.completions.create(model="llama2", messages=user(), stream=True))
    assert text_of(chunks) == "".join(texts)
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_last_line_without_its_end(gateway: Gateway, ollama: FakeOllama) -> None:
    body = b'{"message":{"role":"assistant","content":"Hi"},"done":true,"done_reason":"stop"}'
    ollama.plan(body=body)
    response = ask(gateway, "/chat", stream=True)
    assert data_of(response.body)[-1] == DONE
    assert b'"content":"Hi"' in response.body


def test_each_record_leaves_at_once(gateway: Gateway, ollama: FakeOllama) -> None:
    gate = Gate()
    ollama.plan(gate=gate)
    connection = connect(gateway.address)
    start(connection, "POST", "/chat", {"messages": user(), "stream": True})
    gate.release(2)
    response = connection.getresponse()
    first = response.read1(65536)
    while b'"t0"' not in first:
        first += response.read1(65536)
    gate.release()
    while b'" t1"' not in first:
        first += response.read1(65536)
    assert b"t2" not in first
    gate.open()
    assert data_of(first + response.read())[-1] == DONE
    connection.close()


@pytest.mark.parametrize("streamed", [False, True])
def test_tool_calls_and_their_results(gateway: Gateway, ollama: FakeOllama, streamed: bool) -> None:
    ollama.plan(tool_calls=CALLS)
    sdk = client(f"{gateway.url}/mistral")
    question: dict[str, Any] = {"model": "mistral", "messages": user(), "tools": [WEATHER]}
    if streamed:
        with sdk.chat.completions.stream(**question) as stream:
            choice: Any = stream.get_final_completion().choices[0]
    else:
        choice = sdk.chat.completions.create(**question).choices[0]
    assert choice.finish_reason == "tool_calls"
    calls = choice.message.tool_calls
    assert [(call.function.name, call.function.arguments) for call in calls] == [
        (call.name, call.arguments) for call in CALLS
    ]
    assert len({call.id for call in calls}) == 3

    results = [
        {"role": "tool", "tool_call_id": call.id, "content": f"result {number}"}
        for number, call in reversed(list(enumerate(calls)))
    ]
    question["messages"] = [*user(), choice.message.model_dump(exclude_none=True), *results]
    sdk.chat.completions.create(**question)
    sent = ollama.last.json()["messages"]
    assert [call["function"]["arguments"] for call in sent[1]["tool_calls"]] == [
        json.loads(call.arguments) for call in CALLS
    ]
    assert [(m["role"], m["tool_name"], m["content"]) for m in sent[2:]] == [
        ("tool", "time", "result 2"),
        ("tool", "weather", "result 1"),
        ("tool", "weather", "result 0"),
    ]


def test_ids_of_newer_servers_stay(gateway: Gateway, ollama: FakeOllama) -> None:
    ollama.gives_ids = True
    try:
        ollama.plan(tool_calls=[ToolCall("weather", "{}", "call_of_theirs")])
        message = ask(gateway, "/mistral", tools=[WEATHER]).json()["choices"][0]["message"]
    finally:
        ollama.gives_ids = False
    assert message["tool_calls"][0]["id"] == "call_of_theirs"


def test_schemas_images_and_thoughts(gateway: Gateway, ollama: FakeOllama) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    assert ask(gateway, "/chat", response_format=wanted).status == 200
    assert ollama.last.json()["format"] == schema

    image = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{image}"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/far.png"}},
    ]
    messages = [{"role": "user", "content": parts}]
    response = ask(gateway, "/any", model="llava", messages=messages)
    assert response.status == 200, response
    assert ollama.last.json()["messages"] == [
        {"role": "user", "content": "What is it?", "images": [image]}
    ]
    assert response.header("x-patchbay-unsupported") == "messages[0].content[2]"

    response = ask(gateway, "/any", model="qwen3", reasoning_effort="low")
    assert ollama.last.json()["think"] == "low"
    message = response.json()["choices"][0]["message"]
    assert (message["reasoning_content"], message["content"]) == ("Hm, numbers.", numbered(5))
    stream = ask(gateway, "/any", model="qwen3", reasoning_effort="low", stream=True)
    assert b'"delta":{"reasoning_content":"Hm,"}' in stream.body


def test_what_ollama_cannot_take(
    gateway: Gateway, ollama: FakeOllama, log_file: LogFile, test_id: str
) -> None:
    body = {"messages": user(), "user": "u", "logit_bias": {"1": 1}, "n": 1}
    response = request(gateway.address, "POST", "/chat", body, {"x-test": test_id})
    assert response.status == 200, response
    assert response.header("x-patchbay-unsupported") == "user, logit_bias"
    response = request(gateway.address, "POST", "/strict", body)
    assert response.status == 400
    assert response.json()["error"]["param"] == "user"
    assert len(ollama.requests) == 1


def test_arguments_that_are_no_object(gateway: Gateway, ollama: FakeOllama) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{broken"}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    response = ask(gateway, "/mistral", messages=[*user(), message])
    assert response.status == 400
    assert "messages[1].tool_calls[0].function.arguments" in response.json()["error"]["message"]
    assert not ollama.requests


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.no_model(), openai.BadRequestError),
        (errors.unauthorized(), openai.AuthenticationError),
        (errors.model_not_found("x"), openai.NotFoundError),
        (errors.busy(), openai.InternalServerError),
        (errors.out_of_memory(), openai.InternalServerError),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_errors(
    gateway: Gateway,
    ollama: FakeOllama,
    error: errors.APIError,
    kind: type[openai.APIStatusError],
    streamed: bool,
) -> None:
    ollama.plan(error=error)
    sdk = client(f"{gateway.url}/chat")
    with pytest.raises(kind) as raised:
        sdk.chat.completions.create(model="llama2", messages=user(), stream=streamed)
    assert raised.value.status_code == error.status
    assert isinstance(raised.value.body, dict)
    assert raised.value.body["message"] == str(error)
    assert raised.value.body["type"]


def test_an_error_inside_the_stream(
    gateway: Gateway, ollama: FakeOllama, log_file: LogFile, test_id: str
) -> None:
    ollama.plan(error_event_after=2)
    sdk = client(f"{gateway.url}/chat", test_id)
    stream = sdk.chat.completions.create(model="llama2", messages=user(), stream=True)
    chunks = []
    with pytest.raises(openai.APIError, match="more system memory"):
        for chunk in stream:
            chunks.append(chunk)
    assert text_of(chunks) == "t0 t1"


def test_a_stream_that_is_cut(gateway: Gateway, ollama: FakeOllama) -> None:
    ollama.plan(ends_with_done=False)
    response = ask(gateway, "/chat", stream=True)
    assert b'"code":"upstream_stream_cut"' in data_of(response.body)[-1]
    ollama.plan(split=at(150), cut_after=150)
    response = ask(gateway, "/chat", stream=True)
    assert DONE not in data_of(response.body)


def test_counts_that_are_missing_are_estimated(
    gateway: Gateway, ollama: FakeOllama, log_file: LogFile, test_id: str
) -> None:
    ollama.plan(reports_usage=False)
    body = {"messages": user()}
    response = request(gateway.address, "POST", "/chat", body, {"x-test": test_id})
    assert response.status == 200, response
    usage = log_file.entry(test_id)["ai"]["proxy"]["usage"]
    assert usage["completion_tokens"] > 0


@pytest.mark.parametrize("streamed", [False, True])
def test_completions(
    gateway: Gateway, ollama: FakeOllama, log_file: LogFile, test_id: str, streamed: bool
) -> None:
    ollama.plan(finish_reason="length")
    sdk = client(f"{gateway.url}/completions", test_id)
    more: dict[str, Any] = {"suffix": "three", "max_tokens": 5}
    if streamed:
        chunks = list(
            sdk.completions.create(model="mistral", prompt="One two", stream=True, **more)
        )
        text = "".join(chunk.choices[0].text for chunk in chunks)
        assert chunks[-1].choices[0].finish_reason == "length"
    else:
        answer = sdk.completions.create(model="mistral", prompt="One two", **more)
        assert answer.object == "text_completion"
        assert answer.choices[0].finish_reason == "length"
        assert answer.usage and usage_of(answer.usage) == (5, 5, 10)
        text = answer.choices[0].text
    assert text == numbered(5)
    assert ollama.last.json() == {
        "model": "mistral",
        "prompt": "One two",
        "stream": streamed,
        "suffix": "three",
        "options": {"num_predict": 5},
    }
    assert usage_of(log_file.entry(test_id)["ai"]["proxy"]["usage"]) == (5, 5, 10)


def test_embeddings(gateway: Gateway, ollama: FakeOllama, log_file: LogFile, test_id: str) -> None:
    embed = client(f"{gateway.url}/embeddings", test_id).embeddings.create
    # The SDK asks for base64 by itself.
    packed = embed(model="all-minilm", input=["one", "two words"], dimensions=4)
    plain = embed(
        model="all-minilm", input=["one", "two words"], dimensions=4, encoding_format="float"
    )
    assert [len(item.embedding) for item in packed.data] == [4, 4]
    assert [item.embedding for item in packed.data] == [item.embedding for item in plain.data]
    assert packed.usage.prompt_tokens == packed.usage.total_tokens == 7
    for entry in log_file.entries(test_id, 2):
        assert entry["ai"]["proxy"]["usage"]["prompt_tokens"] == 7
    response = request(gateway.address, "POST", "/embeddings", {"input": [1, 2]})
    assert response.status == 400
    assert "tokens" in response.json()["error"]["message"]

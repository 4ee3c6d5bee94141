# SPDX-License-Identifier: Apache-2.0
"""Hugging Face's router and servers behind the gateway: what is peculiar to them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from huggingface_hub import InferenceClient

from fake_huggingface import KEY, FakeHuggingFace, ToolCall, errors, every
from fake_provider import ProviderError
from harness import Gateway, KongFile, LogFile, file_log, request
from harness.sdk import client, numbered, text_of, usage_of, user
from llama_server import LlamaServer
from tests.events import DONE, data_of
from tests.self_hosted import VARIABLE, proxy

MODEL = "meta-llama/Llama-3.1-8B-Instruct"
VECTORS = "BAAI/bge-small-en-v1.5"
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}
ASKED: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
# How the paths of the router's own inference are put together.
HOSTED = "/hf-inference/models"
COMPLETIONS = ["/completions", "/completions-openai", "/completions-root", "/completions-model"]


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeHuggingFace]:
    with FakeHuggingFace() as fake:
        yield fake


@pytest.fixture
def hub(shared: FakeHuggingFace) -> FakeHuggingFace:
    shared.reset()
    return shared


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("huggingface")


@pytest.fixture(scope="module")
def gateway(place: Path, shared: FakeHuggingFace) -> Iterator[Gateway]:
    log = file_log(place / "file.log")
    url = shared.url
    waits = {"huggingface": {"use_cache": False, "wait_for_model": True}}
    file = KongFile()
    file.route("/chat", proxy("huggingface", url, MODEL, options=waits), log)
    file.route("/any", proxy("huggingface", f"{url}/v1", None), log)
    for path, upstream in (
        ("/completions", f"{url}/generate"),
        ("/completions-openai", f"{url}/v1/completions"),
        ("/completions-root", f"{url}/"),
        ("/completions-model", f"{url}{HOSTED}/gpt2"),
    ):
        file.route(path, proxy("huggingface", upstream, "gpt2", "llm/v1/completions"), log)
    features = f"{url}{HOSTED}/{VECTORS}/pipeline/feature-extraction"
    for path, upstream in (
        ("/embeddings", features),
        ("/embeddings-server", f"{url}/embed"),
        ("/embeddings-openai", f"{url}/v1/embeddings"),
    ):
        file.route(path, proxy("huggingface", upstream, VECTORS, "llm/v1/embeddings"), log)
    native = proxy("huggingface", url, "tgi", llm_format="huggingface")
    file.route("/native", native, log)
    with Gateway(file, place, {VARIABLE: f"Bearer {KEY}"}) as running:
        yield running


@pytest.fixture(scope="module")
def log_file(gateway: Gateway, place: Path) -> LogFile:
    return LogFile(place / "file.log")


@pytest.mark.parametrize("is_server", [False, True])
def test_an_answer_and_its_stream_are_the_same(
    gateway: Gateway, hub: FakeHuggingFace, log_file: LogFile, test_id: str, is_server: bool
) -> None:
    hub.is_server = is_server
    sdk = client(f"{gateway.url}/chat", test_id)
    whole = sdk.chat.completions.create(model=MODEL, messages=user())
    assert whole.choices[0].message.content == numbered(5)
    assert whole.choices[0].finish_reason == "stop"
    assert whole.id.startswith("chatcmpl-")
    assert whole.usage and usage_of(whole.usage) == (8, 5, 13)
    assert hub.last.header("x-use-cache") == "false"
    assert hub.last.header("x-wait-for-model") == "true"
    chunks = list(sdk.chat.completions.create(model=MODEL, messages=user(), **ASKED))
    assert text_of(chunks) == numbered(5)
    assert chunks[-1].usage == whole.usage
    assert all(chunk.id.startswith("chatcmpl-") for chunk in chunks)
    for entry in log_file.entries(test_id, 2):
        assert usage_of(entry["ai"]["proxy"]["usage"]) == (8, 5, 13)


def test_usage_that_was_not_asked_for_is_counted_and_not_shown(
    gateway: Gateway, hub: FakeHuggingFace, log_file: LogFile, test_id: str
) -> None:
    sdk = client(f"{gateway.url}/chat", test_id)
    chunks = list(sdk.chat.completions.create(model=MODEL, messages=user(), stream=True))
    assert all(chunk.usage is None for chunk in chunks)
    assert usage_of(log_file.entry(test_id)["ai"]["proxy"]["usage"]) == (8, 5, 13)


@pytest.mark.parametrize("size", [1, 2, 5, 61, 1000])
@pytest.mark.parametrize("has_space", [False, True])
def test_any_split(gateway: Gateway, hub: FakeHuggingFace, size: int, has_space: bool) -> None:
    texts = ["Grü", "ß €", "\u2028\x85", '"\\', "\n\r\n", "👩‍🚀"]
    hub.has_space = has_space
    hub.plan(tokens=texts, split=every(size))
    sdk = client(f"{gateway.url}/chat")
    chunks = list(sdk.chat.completions.create(model=MODEL, messages=user(), stream=True))
    assert text_of(chunks) == "".join(texts)


@pytest.mark.parametrize("streamed", [False, True])
def test_parallel_tool_calls(gateway: Gateway, hub: FakeHuggingFace, streamed: bool) -> None:
    hub.plan(tool_calls=[ToolCall("weather", '{"city":"Köln"}', "0"), ToolCall("time", "{}", "")])
    sdk = client(f"{gateway.url}/chat")
    ask: dict[str, Any] = {"model": MODEL, "messages": user(), "tools": [TOOL]}
    if streamed:
        with sdk.chat.completions.stream(**ask) as stream:
            choice: Any = stream.get_final_completion().choices[0]
    else:
        choice = sdk.chat.completions.create(**ask).choices[0]
    assert choice.finish_reason == "tool_calls"
    calls = choice.message.tool_calls
    found = [(call.function.name, call.function.arguments) for call in calls]
    assert found == [("weather", '{"city":"Köln"}'), ("time", "{}")]
    assert calls[0].id == "0"
    assert calls[1].id.startswith("call_")


def test_a_schema_suits_both_kinds_of_server(gateway: Gateway, hub: FakeHuggingFace) -> None:
    hub.is_server = True
    schema = {"name": "n", "schema": {"type": "object"}}
    for wanted in ({"type": "json_schema", "json_schema": schema}, {"type": "json_object"}):
        body = {"messages": user(), "response_format": wanted}
        response = request(gateway.address, "POST", "/chat", body)
        assert response.status == 200, response
        sent = hub.last.json()["response_format"]
        assert {key: sent[key] for key in wanted} == wanted


def test_a_developer_is_the_system(gateway: Gateway, hub: FakeHuggingFace) -> None:
    body = {"messages": [{"role": "developer", "content": "Be brief."}, *user()]}
    response = request(gateway.address, "POST", "/any", {**body, "model": MODEL})
    assert response.status == 200, response
    assert hub.last.path == "/v1/chat/completions"
    assert hub.last.json()["messages"][0]["role"] == "system"


@pytest.mark.parametrize(
    ("error", "kind", "named"),
    [
        (errors.validation("x"), openai.UnprocessableEntityError, "invalid_request_error"),
        (errors.wrong_key(), openai.AuthenticationError, "authentication_error"),
        (errors.overloaded(), openai.RateLimitError, "overloaded_error"),
        (errors.model_not_found("x"), openai.BadRequestError, "invalid_request_error"),
        (errors.generation(), openai.APIStatusError, "server_error"),
        (errors.loading("x"), openai.InternalServerError, "server_error"),
    ],
)
def test_errors(
    gateway: Gateway,
    hub: FakeHuggingFace,
    error: ProviderError,
    kind: type[openai.APIStatusError],
    named: str,
) -> None:
    hub.plan(error=error)
    with pytest.raises(kind) as raised:
        client(f"{gateway.url}/chat").chat.completions.create(model=MODEL, messages=user())
    assert raised.value.status_code == error.status
    assert isinstance(raised.value.body, dict)
    assert raised.value.body["message"] == str(error)
    assert raised.value.body["type"] == named


def test_a_model_that_is_loaded_says_how_long(gateway: Gateway, hub: FakeHuggingFace) -> None:
    hub.plan(error=errors.loading("gpt2"))
    response = request(gateway.address, "POST", "/chat", {"messages": user()})
    assert response.status == 503
    assert response.header("retry-after") == "20"


@pytest.mark.parametrize("path", ["/chat", "/completions"])
def test_an_error_inside_the_stream(gateway: Gateway, hub: FakeHuggingFace, path: str) -> None:
    hub.plan(error_event_after=2)
    prompt = {"messages": user()} if path == "/chat" else {"prompt": "One"}
    response = request(gateway.address, "POST", path, {**prompt, "stream": True})
    last = data_of(response.body)[-1]
    assert b'"message":"Request failed during generation: out of memory"' in last
    assert b'"type":"server_error"' in last


@pytest.mark.parametrize("path", COMPLETIONS)
@pytest.mark.parametrize("streamed", [False, True])
def test_completions(
    gateway: Gateway,
    hub: FakeHuggingFace,
    log_file: LogFile,
    test_id: str,
    path: str,
    streamed: bool,
) -> None:
    sdk = client(gateway.url + path, test_id)
    if streamed:
        chunks = list(sdk.completions.create(model="gpt2", prompt="One two", **ASKED))
        text = "".join(chunk.choices[0].text for chunk in chunks if chunk.choices)
        assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
        usage = chunks[-1].usage
    else:
        answer = sdk.completions.create(model="gpt2", prompt="One two")
        assert answer.object == "text_completion"
        assert answer.choices[0].finish_reason == "stop"
        text, usage = answer.choices[0].text, answer.usage
    assert text == numbered(5)
    expected = hub.last.usage
    assert expected and usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (
        expected["prompt_tokens"],
        expected["completion_tokens"],
    )
    logged = log_file.entry(test_id)["ai"]["proxy"]["usage"]
    assert usage_of(logged) == usage_of(usage)
    if path == "/completions":
        assert hub.last.path == ("/generate_stream" if streamed else "/generate")


@pytest.mark.parametrize("path", ["/embeddings", "/embeddings-server", "/embeddings-openai"])
def test_embeddings(
    gateway: Gateway, hub: FakeHuggingFace, log_file: LogFile, test_id: str, path: str
) -> None:
    embed = client(gateway.url + path, test_id).embeddings.create
    packed = embed(model=VECTORS, input=["one", "two words"])
    plain = embed(model=VECTORS, input=["one", "two words"], encoding_format="float")
    assert [len(item.embedding) for item in packed.data] == [384, 384]
    assert [item.embedding for item in packed.data] == [item.embedding for item in plain.data]
    assert packed.usage.prompt_tokens == 5
    for entry in log_file.entries(test_id, 2):
        assert entry["ai"]["proxy"]["usage"]["prompt_tokens"] == 5


def native(gateway: Gateway, path: str, test_id: str) -> InferenceClient:
    address = f"{gateway.url}/native{path}"
    return InferenceClient(model=address, token="hf_client", headers={"x-test": test_id})


def test_the_servers_own_api(
    gateway: Gateway, hub: FakeHuggingFace, log_file: LogFile, test_id: str
) -> None:
    hub.has_space = True
    whole = native(gateway, "/generate", test_id).text_generation("One two", details=True)
    assert whole.generated_text == numbered(5)
    streaming = native(gateway, "/generate_stream", test_id)
    tokens = list(streaming.text_generation("One two", details=True, stream=True))
    assert tokens[-1].generated_text == numbered(5)
    assert hub.last.header("authorization") == f"Bearer {KEY}"
    for entry in log_file.entries(test_id, 2):
        assert usage_of(entry["ai"]["proxy"]["usage"]) == (3, 6, 9)


def test_native_bytes_are_untouched(gateway: Gateway, hub: FakeHuggingFace) -> None:
    body = b'{ "inputs":"One", "parameters":{"details":true,"x":1e3} }'
    headers = {"content-type": "application/json"}
    for path in ("/generate", "/generate_stream"):
        response = request(gateway.address, "POST", f"/native{path}", body, headers)
        assert response.status == 200, response
        assert hub.last.body == body
        assert hub.last.path == path
        assert response.body == hub.last.response_body
    hub.plan(error=errors.validation("x"))
    response = request(gateway.address, "POST", "/native/generate", body, headers)
    assert response.status == 422
    assert response.body == hub.last.response_body
    assert request(gateway.address, "POST", "/native/admin", body, headers).status == 404


def test_the_stream_of_a_server_that_says_done_twice(
    gateway: Gateway, hub: FakeHuggingFace
) -> None:
    event = (
        b'data:{"index":1,"token":{"id":1,"text":"a","special":false},"generated_text":"a",'
        b'"details":{"finish_reason":"length","generated_tokens":1,"input_length":2}}\n\n'
    )
    hub.plan(body=event + b"data:[DONE]\n\n")
    response = request(gateway.address, "POST", "/completions", {"prompt": "One", "stream": True})
    assert data_of(response.body).count(DONE) == 1
    assert b'"finish_reason":"length"' in response.body


@pytest.fixture(scope="module")
def llama_gateway(
    tmp_path_factory: pytest.TempPathFactory, llama: LlamaServer
) -> Iterator[Gateway]:
    """The real llama.cpp server, as one that is of Hugging Face's kind."""
    place = tmp_path_factory.mktemp("huggingface-llama")
    file = KongFile()
    for path, operation, kind in (
        ("/chat", "", "chat"),
        ("/completions", "/v1/completions", "completions"),
        ("/embeddings", "/v1/embeddings", "embeddings"),
    ):
        upstream = llama.url + operation
        file.route(path, proxy("huggingface", upstream, llama.MODEL, f"llm/v1/{kind}"))
    with Gateway(file, place, {VARIABLE: f"Bearer {LlamaServer.KEY}"}) as running:
        yield running


@pytest.mark.parametrize("seed", range(4))
def test_noise_of_a_real_server_survives(
    llama_gateway: Gateway, llama: LlamaServer, seed: int
) -> None:
    """Control characters, halves of characters, line ends of Unicode."""
    options = {"seed": seed, "max_tokens": 120, "temperature": 1.2, "cache_prompt": False}
    address = ("127.0.0.1", int(llama.url.rpartition(":")[2]))
    headers = {"Authorization": f"Bearer {llama.KEY}"}
    body = {"model": llama.MODEL, "messages": user("Speak."), **options}
    direct = request(address, "POST", "/v1/chat/completions", body, headers).json()
    through = request(llama_gateway.address, "POST", "/chat", body).json()
    assert through["choices"][0]["message"]["content"] == direct["choices"][0]["message"]["content"]
    assert usage_of(through["usage"]) == usage_of(direct["usage"])

    asked = {**body, **ASKED}
    expected = request(address, "POST", "/v1/chat/completions", asked, headers).body
    streamed = request(llama_gateway.address, "POST", "/chat", asked).body
    assert said(streamed) == said(expected)
    assert data_of(streamed)[-1] == DONE

    prompt = {"model": llama.MODEL, "prompt": "Speak.", **options}
    text = request(address, "POST", "/v1/completions", prompt, headers).json()["choices"][0]["text"]
    answer = request(llama_gateway.address, "POST", "/completions", prompt).json()
    assert (answer["object"], answer["choices"][0]["text"]) == ("text_completion", text)


def said(stream: bytes) -> str:
    """The text of a stream, and its usage."""
    chunks = [json.loads(data) for data in data_of(stream) if data != DONE]
    texts = [choice["delta"].get("content") or "" for c in chunks for choice in c["choices"]]
    return f"{''.join(texts)} {usage_of(chunks[-1]['usage'])}"


def test_vectors_of_a_real_server(llama_gateway: Gateway, llama: LlamaServer) -> None:
    embed = client(f"{llama_gateway.url}/embeddings").embeddings.create
    packed = embed(model=llama.MODEL, input="Speak.")
    plain = embed(model=llama.MODEL, input="Speak.", encoding_format="float")
    assert len(packed.data[0].embedding) == 64
    assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding, rel=1e-5)
    assert packed.usage.prompt_tokens == plain.usage.prompt_tokens > 0

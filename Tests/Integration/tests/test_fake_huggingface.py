# SPDX-License-Identifier: Apache-2.0
"""The fake of Hugging Face, driven by its own client, and by OpenAI's where it speaks that API."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import GenerationError, HfHubHTTPError, OverloadedError

from fake_huggingface import KEY, FakeHuggingFace, ToolCall, errors
from harness.client import request

CHAT_MODEL = "meta-llama/Llama-3.1-8B-Instruct"
USER: list[dict[str, Any]] = [{"role": "user", "content": "Say numbers."}]
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}


@pytest.fixture
def server() -> Iterator[FakeHuggingFace]:
    with FakeHuggingFace() as fake:
        yield fake


def hub(server: FakeHuggingFace, path: str) -> InferenceClient:
    return InferenceClient(model=server.url + path, token=KEY, timeout=20)


@pytest.mark.parametrize("path", ["/", "/generate", "/hf-inference/models/gpt2"])
def test_generation(server: FakeHuggingFace, path: str) -> None:
    client = hub(server, path)
    assert client.text_generation("One two", max_new_tokens=9) == "t0 t1 t2 t3 t4"
    answer = client.text_generation("One two", details=True, decoder_input_details=True)
    assert answer.details and answer.details.finish_reason == "eos_token"
    assert (len(answer.details.prefill), answer.details.generated_tokens) == (3, 6)


@pytest.mark.parametrize("path", ["/", "/generate_stream", "/hf-inference/models/gpt2"])
def test_streamed_generation(server: FakeHuggingFace, path: str) -> None:
    client = hub(server, path)  # A stream ends with its client.
    tokens = list(client.text_generation("One two", details=True, stream=True))
    text = "".join(token.token.text for token in tokens if not token.token.special)
    assert text == tokens[-1].generated_text == "t0 t1 t2 t3 t4"
    details = tokens[-1].details
    assert details and (details.input_length, details.generated_tokens) == (3, 6)


@pytest.mark.parametrize("path", ["", "/hf-inference/models/gpt2"])
def test_chat(server: FakeHuggingFace, path: str) -> None:
    server.is_server = True
    server.has_space = True  # The client knows no other `[DONE]`.
    client = hub(server, path)
    answer = client.chat_completion(USER, max_tokens=9)
    assert answer.choices[0].message.content == "t0 t1 t2 t3 t4"
    assert answer.usage.prompt_tokens == 8
    options: dict[str, Any] = {"stream_options": {"include_usage": True}}
    chunks = list(client.chat_completion(USER, stream=True, **options))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "t0 t1 t2 t3 t4"
    assert chunks[-1].usage and chunks[-1].usage.total_tokens == answer.usage.total_tokens


def test_schemas(server: FakeHuggingFace) -> None:
    server.is_server = True
    schema = {"name": "n", "schema": {"type": "object"}}
    wanted: Any = {"type": "json_schema", "json_schema": schema}
    hub(server, "").chat_completion(USER, response_format=wanted)
    assert server.last.json()["response_format"]["value"] == {"type": "object"}


@pytest.mark.parametrize("streamed", [False, True])
def test_the_router_speaks_openai(server: FakeHuggingFace, streamed: bool) -> None:
    server.has_space = True
    sdk = openai.OpenAI(api_key=KEY, base_url=f"{server.url}/v1", max_retries=0)
    calls = [ToolCall("weather", '{"city":"Köln"}', "a"), ToolCall("weather", "{}", "b")]
    server.plan(tool_calls=calls)
    ask: dict[str, Any] = {"model": CHAT_MODEL, "messages": USER, "tools": [TOOL]}
    if streamed:
        with sdk.chat.completions.stream(**ask) as stream:
            message = stream.get_final_completion().choices[0].message
    else:
        message = sdk.chat.completions.create(**ask).choices[0].message
    found = [(call.id, call.function.arguments) for call in message.tool_calls or ()]
    assert found == [("a", '{"city":"Köln"}'), ("b", "{}")]


def test_completions_of_a_server(server: FakeHuggingFace) -> None:
    server.has_space = True
    sdk = openai.OpenAI(api_key=KEY, base_url=f"{server.url}/v1", max_retries=0)
    answer = sdk.completions.create(model="tgi", prompt="One two")
    assert answer.choices[0].text == "t0 t1 t2 t3 t4"
    chunks = list(sdk.completions.create(model="tgi", prompt="One two", stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks) == answer.choices[0].text
    assert chunks[-1].usage == answer.usage


def test_features(server: FakeHuggingFace) -> None:
    model = "/hf-inference/models/BAAI/bge-small-en-v1.5/pipeline/feature-extraction"
    assert hub(server, model).feature_extraction(["One", "two"]).shape == (2, 384)
    assert hub(server, "/embed").feature_extraction("One").shape == (1, 384)
    tokens = "/hf-inference/models/facebook/bart-base/pipeline/feature-extraction"
    assert hub(server, tokens).feature_extraction(["One two"]).shape == (1, 3, 16)
    sdk = openai.OpenAI(api_key=KEY, base_url=f"{server.url}/v1", max_retries=0)
    answer = sdk.embeddings.create(
        model="tei", input=["One"], dimensions=4, encoding_format="float"
    )
    assert len(answer.data[0].embedding) == 4


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/generate", {"inputs": "x", "parameters": {"temperature": 0}}, 422, "temperature"),
        ("/generate", {"inputs": "x", "parameters": {"top_p": 1}}, 422, "top_p"),
        ("/generate", {"inputs": ""}, 422, "empty"),
        ("/generate", {"prompt": "x"}, 422, "inputs"),
        ("/generate", {"inputs": "x", "parameters": {"stop": "x"}}, 422, "stop"),
        ("/generate", {"inputs": "x", "parameters": {"grammar": {"type": "json"}}}, 422, "value"),
        ("/hf-inference/models/no/such", {"inputs": "x"}, 404, "does not exist"),
        ("/v1/chat/completions", {"model": "gpt2", "messages": USER}, 400, "does not exist"),
        ("/v1/chat/completions", {"messages": [{"role": "developer"}]}, 422, "role"),
    ],
)
def test_what_it_refuses(
    server: FakeHuggingFace, path: str, body: dict[str, Any], status: int, words: str
) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    response = request(("127.0.0.1", server.port), "POST", path, body, headers)
    assert response.status == status, response
    assert words in str(response.json()["error"])


def test_errors(server: FakeHuggingFace) -> None:
    with pytest.raises(HfHubHTTPError, match="Invalid username"):
        InferenceClient(model=f"{server.url}/generate", token="hf_x").text_generation("x")
    server.plan(error=errors.overloaded())
    with pytest.raises(OverloadedError):
        hub(server, "/generate").text_generation("x")
    server.plan(error_event_after=2)
    client = hub(server, "/generate_stream")
    stream = client.text_generation("x", stream=True)
    with pytest.raises(GenerationError):
        list(stream)

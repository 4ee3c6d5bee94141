# SPDX-License-Identifier: Apache-2.0
"""The real llama.cpp server behind the gateway: noise that must survive byte for byte."""

import json
from typing import Any

import pytest

from harness import Gateway, LogFile, connect, request
from harness.client import send
from harness.sdk import client, text_of, usage_of, user
from llama_server import LlamaServer
from tests.events import DONE, data_of

SEEDS = range(8)


def noise(seed: int, **more: Any) -> dict[str, Any]:
    """The same seed gives the same noise; a cached prompt could change it."""
    options = {"seed": seed, "max_tokens": 120, "temperature": 1.2, "cache_prompt": False}
    return {"model": LlamaServer.MODEL, "messages": user("Speak."), **options, **more}


def direct(llama: LlamaServer, operation: str, body: dict[str, Any]) -> bytes:
    address = ("127.0.0.1", int(llama.url.rpartition(":")[2]))
    headers = {"Authorization": f"Bearer {llama.KEY}"}
    response = request(address, "POST", f"/v1/{operation}", body, headers)
    assert response.status == 200, response
    return response.body


def deltas(stream: bytes) -> list[Any]:
    """The events without what differs from call to call."""
    events = [json.loads(data) for data in data_of(stream) if data != DONE]
    return [(event["choices"], event.get("usage", {}).get("completion_tokens")) for event in events]


@pytest.mark.parametrize("seed", SEEDS)
def test_whole_noise_survives(gateway: Gateway, llama: LlamaServer, seed: int) -> None:
    expected = json.loads(direct(llama, "chat/completions", noise(seed)))
    response = request(gateway.address, "POST", "/llama-chat", noise(seed))
    assert response.status == 200, response
    assert response.json()["choices"] == expected["choices"]
    assert response.header("x-kong-llm-model") == f"openai/{llama.MODEL}"


@pytest.mark.parametrize("seed", SEEDS)
def test_streamed_noise_survives(gateway: Gateway, llama: LlamaServer, seed: int) -> None:
    body = noise(seed, stream=True, stream_options={"include_usage": True})
    expected = direct(llama, "chat/completions", body)
    response = request(gateway.address, "POST", "/llama-chat", body)
    assert response.body.endswith(b"data: [DONE]\n\n")
    assert deltas(response.body) == deltas(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_sdk_reads_noise_and_the_log_counts_it(
    gateway: Gateway, llama: LlamaServer, log_file: LogFile, test_id: str, seed: int
) -> None:
    sdk = client(f"{gateway.url}/llama-chat", test_id)
    more = {"cache_prompt": False}
    ask: dict[str, Any] = {"model": llama.MODEL, "messages": user("Speak."), "seed": seed}
    ask |= {"max_tokens": 120, "temperature": 1.2, "extra_body": more}
    whole = sdk.chat.completions.create(**ask)
    chunks = list(sdk.chat.completions.create(stream=True, **ask))
    # The server's own streams lack what its whole answers say of an unfinished character at the
    # end; the test above compares streams with streams.
    left = (whole.choices[0].message.content or "").removeprefix(text_of(chunks))
    assert left.strip("\ufffd") == "", f"the stream lacks {left!r}"
    assert all(chunk.usage is None for chunk in chunks), "usage that nobody asked for"
    assert whole.usage
    for entry in log_file.entries(test_id, 2):
        assert usage_of(entry["ai"]["proxy"]["usage"]) == usage_of(whole.usage)


def test_completions_and_embeddings(
    gateway: Gateway, llama: LlamaServer, log_file: LogFile, test_id: str
) -> None:
    options = {"model": llama.MODEL, "seed": 1, "max_tokens": 50, "cache_prompt": False}
    body = {"prompt": "Speak.", **options}
    expected = json.loads(direct(llama, "completions", body))
    headers = {"x-test": test_id}
    response = request(gateway.address, "POST", "/llama-completions", body, headers)
    assert response.json()["choices"] == expected["choices"]
    assert usage_of(log_file.entry(test_id)["ai"]["proxy"]["usage"]) == usage_of(expected["usage"])

    sdk = client(f"{gateway.url}/llama-embeddings", test_id)
    embed = sdk.embeddings.create
    answers = [
        embed(model=llama.MODEL, input="Speak."),
        embed(model=llama.MODEL, input="Speak.", encoding_format="float"),
    ]
    vectors = [answer.data[0].embedding for answer in answers]
    assert len(vectors[0]) == 64
    assert vectors[0] == pytest.approx(vectors[1], rel=1e-5)


def test_a_stream_can_be_left(gateway: Gateway, llama: LlamaServer) -> None:
    for _ in range(10):
        stream = client(f"{gateway.url}/llama-chat").chat.completions.create(
            model=llama.MODEL, messages=user("Speak."), max_tokens=1500, stream=True
        )
        next(iter(stream))
        stream.close()
    # Its four slots are free again only if the server saw the clients leave, or finished.
    connection = connect(gateway.address)
    assert send(connection, "POST", "/llama-chat", noise(1)).status == 200


def test_an_error_of_the_server_is_openais_to_the_last_member(gateway: Gateway, llama: LlamaServer) -> None:
    body = {"model": llama.MODEL, "messages": user("x " * 4000)}
    address = ("127.0.0.1", int(llama.url.rpartition(":")[2]))
    headers = {"Authorization": f"Bearer {llama.KEY}"}
    expected = request(address, "POST", "/v1/chat/completions", body, headers)
    response = request(gateway.address, "POST", "/llama-chat", body)
    assert expected.status >= 400
    error = expected.json()["error"]
    # The server has numbers for codes, and no `param`; what else it says stays.
    error |= {"code": str(error["code"]), "param": None}
    assert (response.status, response.json()) == (expected.status, {"error": error})

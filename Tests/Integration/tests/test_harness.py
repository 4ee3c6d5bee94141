# SPDX-License-Identifier: Apache-2.0
"""The fake and the model server by themselves: what the other tests take for granted."""

import socket
from typing import Any

import openai
import pytest

from fake_openai import KEY, Cut, FakeOpenAI, Gate, every
from harness.client import connect, read_until_cut, request, send, start
from harness.sdk import client, numbered, text_of, usage_of, user
from llama_server import LlamaServer

CHAT = "/v1/chat/completions"
HEADERS = {"Authorization": f"Bearer {KEY}"}
BODY: dict[str, Any] = {"model": "gpt-4o-mini", "messages": user()}


@pytest.fixture
def address(fake: FakeOpenAI) -> tuple[str, int]:
    return ("127.0.0.1", fake.port)


def test_the_fake_reports_usage_only_when_asked(fake: FakeOpenAI) -> None:
    sdk = client(f"{fake.url}/v1", key=KEY)
    silent = list(sdk.chat.completions.create(model="gpt-4o-mini", messages=user(), stream=True))
    asked = list(
        sdk.chat.completions.create(
            model="gpt-4o-mini",
            messages=user(),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert text_of(silent) == text_of(asked) == numbered(5)
    assert all("usage" not in chunk.model_fields_set for chunk in silent)
    assert all(chunk.usage is None for chunk in asked[:-1])
    assert asked[-1].choices == []
    assert asked[-1].usage and usage_of(asked[-1].usage) == (8, 5, 13)


@pytest.mark.parametrize(
    ("change", "status", "code", "message"),
    [
        ({"top_k": 3}, 400, "unknown_parameter", "Unknown parameter: 'top_k'."),
        ({"temperature": "hot"}, 400, "invalid_type", "Invalid type for 'temperature'"),
        ({"temperature": 3}, 400, "decimal_out_of_range", "Invalid 'temperature'"),
        ({"stream_options": {}}, 400, None, "only allowed when 'stream' is enabled"),
        ({"model": "gpt-9"}, 404, "model_not_found", "does not exist"),
        ({"messages": []}, 400, "empty_array", "Invalid 'messages'"),
        ({"model": "o4-mini", "max_tokens": 5}, 400, "unsupported_parameter", "'max_tokens'"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, 400, None, "at the same time"),
        ({"tool_choice": "auto"}, 400, None, "only allowed when 'tools'"),
    ],
)
def test_the_fake_is_strict(
    address: tuple[str, int], change: dict[str, Any], status: int, code: str | None, message: str
) -> None:
    response = request(address, "POST", CHAT, BODY | change, HEADERS)
    assert response.status == status, response
    error = response.json()["error"]
    assert message in error["message"]
    assert code is None or error["code"] == code


def test_the_fake_wants_its_key(address: tuple[str, int]) -> None:
    missing = request(address, "POST", CHAT, BODY)
    wrong = request(address, "POST", CHAT, BODY, {"Authorization": "Bearer nobody"})
    assert (missing.status, missing.json()["error"]["code"]) == (401, None)
    assert (wrong.status, wrong.json()["error"]["code"]) == (401, "invalid_api_key")


@pytest.mark.parametrize("cut", list(Cut))
def test_the_fake_cuts_streams(fake: FakeOpenAI, address: tuple[str, int], cut: Cut) -> None:
    fake.plan(cut_after=700, cut=cut)
    connection = connect(address)
    start(connection, "POST", CHAT, BODY | {"stream": True}, HEADERS)
    content, is_complete = read_until_cut(connection.getresponse())
    assert not is_complete
    assert len(content) <= 700
    assert b"[DONE]" not in content


def test_a_gate_holds_each_piece(fake: FakeOpenAI, address: tuple[str, int]) -> None:
    gate = Gate()
    fake.plan(gate=gate)
    connection = connect(address)
    start(connection, "POST", CHAT, BODY | {"stream": True}, HEADERS)
    gate.release()
    response = connection.getresponse()
    received = fake.wait(1)[0]
    for _ in range(3):
        gate.release()
        assert response.read1(65536).startswith(b"data: {")
    assert not received.finished.is_set()
    connection.close()
    assert received.aborted.wait(5), "the fake did not see its client leave"


def test_pieces_of_a_split_reach_the_peer_one_by_one(
    fake: FakeOpenAI, address: tuple[str, int]
) -> None:
    fake.plan(body=b"0123456789" * 20, split=every(10), splits_wire=True)
    with socket.create_connection(address) as raw:
        body = b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}]}'
        head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        head += f"Authorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
        raw.sendall(head.encode() + body)
        content, sizes = b"", []
        while not content.endswith(b"0\r\n\r\n"):
            piece = raw.recv(65536)
            sizes.append(len(piece))
            content += piece
    assert len(sizes) > 15, f"the kernel joined the pieces: {sizes}"
    assert max(sizes[1:]) <= 10, f"the kernel joined pieces: {sizes}"


def test_connections_are_kept(fake: FakeOpenAI, address: tuple[str, int]) -> None:
    connection = connect(address)
    for _ in range(3):
        assert send(connection, "POST", CHAT, BODY, HEADERS).status == 200
    assert {one.connection for one in fake.requests} == {fake.last.connection}


def test_the_model_speaks_noise(llama: LlamaServer) -> None:
    sdk = client(f"{llama.url}/v1", key=llama.KEY)
    answer = sdk.chat.completions.create(
        model=llama.MODEL, messages=user(), max_tokens=200, seed=3, temperature=1
    )
    content = answer.choices[0].message.content or ""
    assert answer.usage and answer.usage.completion_tokens == 200
    assert "\ufffd" in content, "no split characters: the model is too tame for these tests"
    assert any(ord(letter) < 32 for letter in content)
    assert len(sdk.embeddings.create(model=llama.MODEL, input="a").data[0].embedding) == 64
    with pytest.raises(openai.AuthenticationError):
        client(f"{llama.url}/v1", key="nobody").chat.completions.create(
            model=llama.MODEL, messages=user()
        )

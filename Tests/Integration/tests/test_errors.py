# SPDX-License-Identifier: Apache-2.0
"""Errors of the provider pass as they are; ai-proxy's own have Kong's status and words."""

import gzip
import json
from typing import Any

import openai
import pytest

from fake_openai import APIError, FakeOpenAI
from fake_openai import errors as provider
from harness import Gateway, connect, request
from harness.sdk import client, user

PROMPT = {"messages": user()}
TEXT = {"prompt": "x"}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (provider.wrong_key("sk-of-the-gateway"), openai.AuthenticationError),
        (provider.unknown_parameter("x"), openai.BadRequestError),
        (provider.model_not_found("x"), openai.NotFoundError),
        (provider.rate_limited(), openai.RateLimitError),
        (provider.server_error(), openai.InternalServerError),
        (APIError(503, "Overloaded", type="server_error"), openai.InternalServerError),
    ],
    ids=["401", "400", "404", "429", "500", "503"],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_an_error_of_the_provider_reaches_the_client(
    gateway: Gateway,
    fake: FakeOpenAI,
    error: APIError,
    expected: type[openai.APIStatusError],
    stream: bool,
) -> None:
    fake.plan(error=error)
    with pytest.raises(expected) as caught:
        client(f"{gateway.url}/chat").chat.completions.create(
            model="gpt-4o-mini", messages=user(), stream=stream
        )
    assert caught.value.status_code == error.status
    assert caught.value.response.content == fake.last.response_body
    assert caught.value.response.headers["content-type"] == "application/json"
    assert caught.value.response.headers.get("x-kong-llm-model") is None
    for name, value in error.headers:
        assert caught.value.response.headers[name] == value


def test_an_unknown_parameter_is_the_providers_to_refuse(
    gateway: Gateway, fake: FakeOpenAI
) -> None:
    response = request(gateway.address, "POST", "/chat", PROMPT | {"colour": "red"})
    assert response.status == 400, response
    assert response.json()["error"]["code"] == "unknown_parameter"


CASES: list[tuple[str, str, Any, str]] = [
    ("no-prompt", "/chat", {"model": "gpt-4o-mini"}, "request body doesn't contain valid prompts"),
    ("no-messages", "/chat", {"messages": []}, "request body doesn't contain valid prompts"),
    ("number", "/chat", {"prompt": 5}, "request body doesn't contain valid prompts"),
    ("not-json", "/chat", b"{broken", "request body doesn't contain valid prompts"),
    ("empty", "/chat", b"", "request body doesn't contain valid prompts"),
    (
        "own-model",
        "/chat",
        PROMPT | {"model": "gpt-4o"},
        "cannot use own model - must be: gpt-4o-mini",
    ),
    (
        "no-model",
        "/any",
        PROMPT,
        "model parameter not found in request, nor in gateway configuration",
    ),
    ("both", "/chat", PROMPT | TEXT, "request matches multiple LLM request formats"),
    (
        "completion-on-chat",
        "/chat",
        TEXT,
        "[llm/v1/completions] message format is not compatible with [llm/v1/chat] route type",
    ),
    (
        "chat-on-completion",
        "/completions",
        PROMPT,
        "[llm/v1/chat] message format is not compatible with [llm/v1/completions] route type",
    ),
    (
        "stream-denied",
        "/deny",
        PROMPT | {"stream": True},
        "response streaming is not enabled for this LLM",
    ),
    ("no-header", "/by-header", PROMPT, "headers key x-model was not provided"),
    ("no-argument", "/by-query", PROMPT, "query_params key wanted was not provided"),
]


@pytest.mark.parametrize(
    ("path", "body", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_request_is_refused_in_kongs_words(
    gateway: Gateway, fake: FakeOpenAI, path: str, body: Any, message: str
) -> None:
    response = request(gateway.address, "POST", path, body, {"Content-Type": "application/json"})
    assert response.status == 400, response
    assert response.json() == {"error": {"message": message}}
    assert response.header("x-patchbay-request-id")
    assert fake.requests == [], "a refused request reached the upstream"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "x"])
def test_json_that_is_labelled_as_something_else_is_refused(
    gateway: Gateway, fake: FakeOpenAI, kind: str
) -> None:
    headers = {"Content-Type": kind}
    response = request(gateway.address, "POST", "/chat", json.dumps(PROMPT).encode(), headers)
    assert response.status == 400, response
    expected = "content-type header does not match request body, or bad JSON formatting"
    assert response.json() == {"error": {"message": expected}}
    assert fake.requests == []


def test_a_body_without_a_label_is_json(gateway: Gateway, fake: FakeOpenAI) -> None:
    response = request(gateway.address, "POST", "/chat", json.dumps(PROMPT).encode())
    assert response.status == 200, response
    assert fake.last.header("content-type") == "application/json"


def test_a_null_model_is_ignored(gateway: Gateway, fake: FakeOpenAI) -> None:
    response = request(gateway.address, "POST", "/chat", PROMPT | {"model": None})
    assert response.status == 200, response
    assert fake.last.json()["model"] == "gpt-4o-mini"


@pytest.mark.parametrize("extra", [0, 1], ids=["at-limit", "over-limit"])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunked"])
def test_the_body_limit_of_ai_proxy_holds(
    gateway: Gateway, fake: FakeOpenAI, extra: int, is_chunked: bool
) -> None:
    frame = b'{"messages":[{"role":"user","content":"%b"}]}'
    body = frame % (b"x" * (1000 + extra - len(frame) + 2))
    assert len(body) == 1000 + extra
    connection = connect(gateway.address)
    content: Any = iter([body[:500], body[500:]]) if is_chunked else body
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/small", content, headers, encode_chunked=is_chunked)
    response = connection.getresponse()
    text = response.read()
    if extra:
        assert response.status == 413, text
        assert fake.requests == [], "a body over the limit reached the upstream"
    else:
        assert response.status == 200, text
        assert fake.last.json()["messages"][0]["content"].startswith("xxx")


def test_an_answer_that_is_no_chat_answer_is_an_error(gateway: Gateway, fake: FakeOpenAI) -> None:
    fake.plan(body=b'{"hello":"world"}')
    response = request(gateway.address, "POST", "/chat", PROMPT)
    assert response.status == 500, response
    expected = "transformation failed from type openai://llm/v1/chat: "
    assert response.json()["error"]["message"].startswith(expected)
    assert "'choices' not in llm/v1/chat response" in response.json()["error"]["message"]


def test_a_compressed_answer_that_nobody_asked_for_is_read(
    gateway: Gateway, fake: FakeOpenAI
) -> None:
    content = gzip.compress(b'{"choices":[]}')
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
    fake.plan(raw=f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
    headers = {"Accept-Encoding": "gzip"}
    response = request(gateway.address, "POST", "/chat", PROMPT, headers)
    assert response.status == 200, response
    assert response.header("content-encoding") is None
    assert response.body == b'{"choices":[]}'
    assert fake.last.header("accept-encoding") == "identity"

# SPDX-License-Identifier: Apache-2.0
"""A denied prompt never reaches an upstream, in whatever API it comes; an allowed one passes as it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from fake_bedrock import CLAUDE
from fake_openai import FakeOpenAI
from fake_provider import FakeProvider
from harness import Gateway, KongFile, LogFile, ai_proxy, file_log, request
from harness.sdk import client, numbered, text_of, usage_of, user
from tests.conftest import ENVIRONMENT
from tests.native_apis import APIS, NativeAPI
from tests.native_apis import ENVIRONMENT as NATIVE_ENVIRONMENT

Record = dict[str, Any]
INSTRUCT = "gpt-3.5-turbo-instruct"


def guard(**config: Any) -> Record:
    return {"name": "ai-prompt-guard", "config": {"deny_patterns": ["(?i)secret"], **config}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guard")


@pytest.fixture
def log(place: Path) -> LogFile:
    return LogFile(place / "file.log")


@pytest.fixture(scope="module")
def guarded(
    place: Path, shared_fake: FakeOpenAI, natives: dict[str, FakeProvider]
) -> Iterator[Gateway]:
    log = file_log(place / "file.log")
    url = f"{shared_fake.url}/v1"
    chat = f"{url}/chat/completions"
    file = KongFile()
    file.route("/chat", guard(), ai_proxy(chat), log)
    file.route("/completions", guard(), ai_proxy(f"{url}/completions", "llm/v1/completions", model=INSTRUCT))
    vectors = ai_proxy(f"{url}/embeddings", "llm/v1/embeddings", model="text-embedding-3-small")
    file.route("/embeddings", guard(), vectors)
    allow = {"deny_patterns": None, "allow_patterns": ["numbers"]}
    reveal = {"patchbay": {"reveal_reason": True}}
    file.route("/allow", guard(**allow, **reveal), ai_proxy(chat))
    file.route("/small", guard(max_request_body_size=300), ai_proxy(chat), log)
    for name, api in APIS.items():
        file.route(f"/{name}", guard(llm_format=name), api.proxy(natives[name]), log)
    with Gateway(file, place, ENVIRONMENT | NATIVE_ENVIRONMENT) as gateway:
        yield gateway


@pytest.mark.parametrize("streamed", [False, True])
def test_a_denied_prompt_never_reaches_the_upstream(
    guarded: Gateway, fake: FakeOpenAI, log: LogFile, test_id: str, streamed: bool
) -> None:
    sdk = client(f"{guarded.url}/chat", test_id)
    messages = user("hello") + user("what is the Secret?")
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=streamed)
    assert refused.value.body == {"message": "bad request"}
    assert not fake.requests
    found = log.entry(test_id)["ai"]["proxy"]["prompt-guard"]
    assert found["input_block_reason"] == "prompt pattern is blocked"
    assert found["input_block_source"] == "ai-prompt-guard"


@pytest.mark.parametrize("streamed", [False, True])
def test_an_allowed_prompt_passes(guarded: Gateway, fake: FakeOpenAI, streamed: bool) -> None:
    sdk = client(f"{guarded.url}/chat").chat.completions
    if streamed:
        chunks = sdk.create(model="gpt-4o-mini", messages=user(), stream=True)
        assert text_of(chunks) == numbered(5)
    else:
        answer = sdk.create(model="gpt-4o-mini", messages=user())
        assert answer.choices[0].message.content == numbered(5)
    assert fake.last.json()["messages"] == user()


def test_completions_and_vectors_are_guarded(guarded: Gateway, fake: FakeOpenAI) -> None:
    texts = client(f"{guarded.url}/completions").completions
    vectors = client(f"{guarded.url}/embeddings").embeddings
    model = "text-embedding-3-small"
    with pytest.raises(openai.BadRequestError):
        texts.create(model=INSTRUCT, prompt=["hello", "a secret"])
    with pytest.raises(openai.BadRequestError):
        vectors.create(model=model, input=["hello", "a secret"])
    assert not fake.requests
    assert texts.create(model=INSTRUCT, prompt="hello").choices
    assert vectors.create(model=model, input=["hello", "you"]).data
    assert len(fake.requests) == 2


def test_what_no_allow_pattern_matches_is_told_to_clients_that_may_know(
    guarded: Gateway, fake: FakeOpenAI
) -> None:
    sdk = client(f"{guarded.url}/allow").chat.completions
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.create(model="gpt-4o-mini", messages=user("hello"))
    assert refused.value.body == {"message": "prompt doesn't match any allowed pattern"}
    assert not fake.requests
    assert sdk.create(model="gpt-4o-mini", messages=user()).choices


@pytest.mark.parametrize("text", ["secret", "hello"])
def test_a_body_that_is_too_large_is_no_way_around(
    guarded: Gateway, fake: FakeOpenAI, text: str
) -> None:
    body = {"messages": user(text + " " * 300)}
    response = request(guarded.address, "POST", "/small", body)
    assert response.status == 413, response
    assert response.json()["message"] == "Payload too large"
    assert not fake.requests


@pytest.mark.parametrize("api", APIS.values(), ids=lambda api: api.name)
def test_a_native_prompt_is_guarded(
    guarded: Gateway,
    natives: dict[str, FakeProvider],
    log: LogFile,
    test_id: str,
    api: NativeAPI,
) -> None:
    upstream = natives[api.name]
    upstream.reset()
    address = f"{guarded.url}/{api.name}"
    with pytest.raises(api.error) as refused:
        api.ask(address, 'what is the "SECRET"?', test_id)
    assert api.status(refused.value) == 400
    assert not upstream.requests
    assert api.ask(address, "Say numbers.", test_id).split() == numbered(5).split()
    refusal, answer = log.entries(test_id, 2)
    assert "usage" not in refusal["ai"]["proxy"]
    assert usage_of(answer["ai"]["proxy"]["usage"])[1] > 0


BODIES = {
    "anthropic": (
        "/v1/messages",
        b'{ "model":"claude-sonnet-5-5","max_tokens":100,"messages":[{"role":"user","content":"T"}]}',
    ),
    "bedrock": (
        "/model/{bedrock}/converse",
        b'{ "messages":[{"role":"user", "content":[{"text":"T"}]}] }',
    ),
    "cohere": (
        "/v2/chat",
        b'{ "model":"command-a-03-2025", "messages":[{"role":"user","content":"T"}]}',
    ),
    "gemini": (
        "/v1beta/models/gemini-2.5-flash:generateContent",
        b'{ "contents":[ {"parts":[{"text":"T"}]} ] }',
    ),
    "huggingface": ("/generate", b'{ "inputs":"T", "parameters":{"details":true} }'),
}


@pytest.mark.parametrize("name", APIS)
def test_a_native_body_passes_to_the_byte(
    guarded: Gateway, natives: dict[str, FakeProvider], name: str
) -> None:
    upstream = natives[name]
    upstream.reset()
    path, body = BODIES[name]
    path = f"/{name}{path}".replace("{bedrock}", CLAUDE)
    headers = {"content-type": "application/json"}
    for hidden in (b"a secret", b"a \\u0073ecret"):
        denied = body.replace(b'"T"', b'"%b"' % hidden)
        response = request(guarded.address, "POST", path, denied, headers)
        assert response.status == 400, response
        assert response.json() == {"error": {"message": "bad request"}}
    assert not upstream.requests
    response = request(guarded.address, "POST", path, body, headers)
    assert response.status == 200, response
    assert upstream.last.body == body

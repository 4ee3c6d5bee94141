# SPDX-License-Identifier: Apache-2.0
"""Templates and decorations as the upstream gets them, in OpenAI's API and in providers' own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from fake_openai import FakeOpenAI
from fake_provider import FakeProvider
from harness import Gateway, KongFile, LogFile, ai_proxy, file_log, request
from harness.sdk import client, numbered, text_of, usage_of, user
from tests.conftest import ENVIRONMENT
from tests.native_apis import APIS, NativeAPI
from tests.native_apis import ENVIRONMENT as NATIVE_ENVIRONMENT

Record = dict[str, Any]

TEMPLATE = (
    '{"messages":[{"role":"system","content":"Speak {{language}}."},'
    '{"role":"user","content":"{{text}}"}],"max_tokens":{{count}}}'
)
PREPEND = [{"role": "system", "content": 'Be "brief".'}, {"role": "user", "content": "Hello."}]
APPEND = [{"role": "user", "content": "Thank you."}]


def template(**config: Any) -> Record:
    templates = [{"name": "speak", "template": TEMPLATE}]
    return {"name": "ai-prompt-template", "config": {"templates": templates, **config}}


def decorator(**config: Any) -> Record:
    prompts = {"prepend": PREPEND, "append": APPEND}
    return {"name": "ai-prompt-decorator", "config": {"prompts": prompts, **config}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edits")


@pytest.fixture
def log(place: Path) -> LogFile:
    return LogFile(place / "file.log")


@pytest.fixture(scope="module")
def edited(
    place: Path, shared_fake: FakeOpenAI, natives: dict[str, FakeProvider]
) -> Iterator[Gateway]:
    log = file_log(place / "file.log")
    proxy = ai_proxy(f"{shared_fake.url}/v1/chat/completions")
    guard = {"name": "ai-prompt-guard", "config": {"deny_patterns": ["(?i)secret"]}}
    file = KongFile()
    file.route("/template", template(log_original_request=True), proxy, log)
    file.route("/only", template(allow_untemplated_requests=False), proxy)
    file.route("/decorator", decorator(), proxy)
    file.route("/small", decorator(max_request_body_size=300), proxy)
    file.route("/all", template(), decorator(), guard, proxy)
    for name, api in APIS.items():
        file.route(f"/{name}", decorator(llm_format=name), api.proxy(natives[name]), log)
    with Gateway(file, place, ENVIRONMENT | NATIVE_ENVIRONMENT) as gateway:
        yield gateway


def speak(gateway: Gateway, path: str, test: str = "", **more: Any) -> Any:
    """What the SDK's own types have no word for goes into `extra_body`."""
    properties = {"language": "French", "text": 'a "b" {{count}}\n', "count": "7"}
    properties |= more.pop("properties", {})
    body = {"messages": "{template://speak}", "properties": properties}
    return client(f"{gateway.url}{path}", test).chat.completions.create(
        model="gpt-4o-mini", messages=[], extra_body=body, **more
    )


def test_a_template_reaches_the_upstream(
    edited: Gateway, fake: FakeOpenAI, log: LogFile, test_id: str
) -> None:
    answer = speak(edited, "/template", test_id)
    assert answer.choices[0].message.content == numbered(5)
    sent = fake.last.json()
    assert sent["messages"] == [
        {"role": "system", "content": "Speak French."},
        {"role": "user", "content": 'a "b" {{count}}\n'},
    ]
    assert sent["max_tokens"] == 7
    assert "properties" not in sent
    assert "{template://speak}" in log.entry(test_id)["ai"]["payload"]["original_request"]


def test_a_template_keeps_the_stream(edited: Gateway, fake: FakeOpenAI) -> None:
    chunks = speak(edited, "/only", stream=True, stream_options={"include_usage": True})
    assert text_of(chunks) == numbered(5)
    assert fake.last.json()["stream"] is True


def test_what_is_no_template_is_refused(edited: Gateway, fake: FakeOpenAI) -> None:
    sdk = client(f"{edited.url}/only").chat.completions
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.create(model="gpt-4o-mini", messages=user())
    assert refused.value.body == {"message": "this LLM route only supports templated requests"}
    with pytest.raises(openai.BadRequestError) as refused:
        speak(edited, "/only", properties={"count": '1,"model":"x"'})
    message = "template parameter [count] must be a number, true, false or null"
    assert refused.value.body == {"message": message}
    assert not fake.requests


@pytest.mark.parametrize("streamed", [False, True])
def test_a_decoration_reaches_the_upstream(
    edited: Gateway, fake: FakeOpenAI, streamed: bool
) -> None:
    sdk = client(f"{edited.url}/decorator").chat.completions
    if streamed:
        chunks = sdk.create(model="gpt-4o-mini", messages=user(), seed=1, stream=True)
        assert text_of(chunks) == numbered(5)
    else:
        sdk.create(model="gpt-4o-mini", messages=user(), seed=1)
    sent = fake.last.json()
    assert sent["messages"] == [*PREPEND, *user(), *APPEND]
    assert sent["seed"] == 1


def test_a_body_that_is_too_large_is_no_way_around(edited: Gateway, fake: FakeOpenAI) -> None:
    response = request(edited.address, "POST", "/small", {"messages": user("x" * 300)})
    assert response.status == 413, response
    assert not fake.requests


def test_the_guard_sees_what_was_rendered_and_decorated(edited: Gateway, fake: FakeOpenAI) -> None:
    speak(edited, "/all")
    assert [message["content"] for message in fake.last.json()["messages"]] == [
        'Be "brief".',
        "Hello.",
        "Speak French.",
        'a "b" {{count}}\n',
        "Thank you.",
    ]
    fake.reset()
    with pytest.raises(openai.BadRequestError) as refused:
        speak(edited, "/all", properties={"text": "a Secret"})
    assert refused.value.body == {"message": "bad request"}
    assert not fake.requests


# What a provider gets of its SDK's request, as far as it is decorated.
DECORATED: dict[str, Record] = {
    "anthropic": {
        "system": [{"type": "text", "text": 'Be "brief".'}],
        "messages": [PREPEND[1], {"role": "user", "content": "Say numbers."}, *APPEND],
    },
    "bedrock": {
        "system": [{"text": 'Be "brief".'}],
        "messages": [
            {
                "role": "user",
                "content": [{"text": "Hello."}, {"text": "Say numbers."}, {"text": "Thank you."}],
            }
        ],
    },
    "cohere": {"messages": [*PREPEND, {"role": "user", "content": "Say numbers."}, *APPEND]},
    "gemini": {
        "systemInstruction": {"parts": [{"text": 'Be "brief".'}]},
        "contents": [
            {"role": "user", "parts": [{"text": text}]}
            for text in ("Hello.", "Say numbers.", "Thank you.")
        ],
    },
    "huggingface": {"inputs": 'Be "brief".\n\nHello.\n\nSay numbers.\n\nThank you.'},
}


@pytest.mark.parametrize("api", APIS.values(), ids=lambda api: api.name)
def test_a_native_request_is_decorated_in_its_own_structure(
    edited: Gateway,
    natives: dict[str, FakeProvider],
    log: LogFile,
    test_id: str,
    api: NativeAPI,
) -> None:
    upstream = natives[api.name]
    upstream.reset()
    answer = api.ask(f"{edited.url}/{api.name}", "Say numbers.", test_id)
    assert answer.split() == numbered(5).split()
    sent = upstream.last.json()
    assert {name: sent[name] for name in DECORATED[api.name]} == DECORATED[api.name]
    assert usage_of(log.entry(test_id)["ai"]["proxy"]["usage"])[1] > 0

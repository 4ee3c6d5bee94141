# SPDX-License-Identifier: Apache-2.0
"""ai-sanitizer with Kong's PII service, which finds names, too."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import BadRequestError, InternalServerError

from fake_cloud.server import Reply
from fake_openai import KEY, FakeOpenAI
from fake_pii import FakePII
from harness import Gateway, KongFile, LogFile, ai_proxy, file_log
from harness.kong import KEY_VARIABLE
from harness.sdk import client, text_of, user

ASKED = "I am Ann Droid, ann@example.org, badge B-1234; my password is hunter22"
BADGE = [{"name": "badge", "regex": r"B-\d{4}", "score": 1}]
FAILED = Reply.json({"error": "the model is not loaded"}, 400)


@pytest.fixture(scope="module")
def shared_service() -> Iterator[FakePII]:
    with FakePII() as service:
        yield service


@pytest.fixture
def service(shared_service: FakePII) -> FakePII:
    shared_service.reset()
    return shared_service


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> LogFile:
    return LogFile(tmp_path_factory.mktemp("log") / "file.log")


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory,
    shared_service: FakePII,
    shared_fake: FakeOpenAI,
    log: LogFile,
) -> Iterator[Gateway]:
    place = {"host": "127.0.0.1", "port": shared_service.port}
    configs: dict[str, dict[str, Any]] = {
        "/input": {"custom_patterns": BADGE},
        "/synthetic": {"redact_type": "synthetic", "anonymize": ["general"]},
        "/credentials": {"anonymize": ["credentials"]},
        "/output": {"sanitization_mode": "OUTPUT"},
        "/block": {"block_if_detected": True},
        "/goes-on": {"stop_on_error": False},
    }
    file = KongFile()
    for path, config in configs.items():
        sanitizer = {"name": "ai-sanitizer", "config": place | config}
        proxy = ai_proxy(f"{shared_fake.url}/v1/chat/completions")
        file.route(path, sanitizer, proxy, file_log(log.path))
    directory = tmp_path_factory.mktemp("gateway")
    with Gateway(file, directory, {KEY_VARIABLE: f"Bearer {KEY}"}) as running:
        yield running


def ask(gateway: Gateway, route: str, text: str = ASKED, test: str = "") -> str:
    answer = client(f"{gateway.url}{route}", test).chat.completions.create(
        model="gpt-4o-mini", messages=user(text)
    )
    return answer.choices[0].message.content or ""


def seen(fake: FakeOpenAI) -> str:
    """What the provider was asked."""
    [sent] = fake.requests
    return str(sent.json()["messages"][-1]["content"])


@pytest.mark.parametrize("stream", [False, True])
def test_values_stay_here_and_come_back(
    gateway: Gateway, service: FakePII, fake: FakeOpenAI, log: LogFile, test_id: str, stream: bool
) -> None:
    # The service counts from the end of a text.
    fake.plan(tokens=("Dear PLACE", "HOLDER3 with CUS", "TOM1", "!"))
    if stream:
        sdk = client(f"{gateway.url}/input", test_id).chat.completions
        said = text_of(sdk.create(model="gpt-4o-mini", messages=user(ASKED), stream=True))
    else:
        said = ask(gateway, "/input", test=test_id)
    redacted = "I am PLACEHOLDER3, PLACEHOLDER2, badge CUSTOM1; my password is ########"
    assert seen(fake) == redacted
    assert said == "Dear Ann Droid with B-1234!"
    assert service.texts == [ASKED]
    block = log.entry(test_id)["ai"]["sanitizer"]
    assert (block["pii_identified"], block["pii_sanitized"]) == (4, 4)
    assert "hunter22" not in json.dumps(block)


def test_stand_ins_may_look_real(gateway: Gateway, service: FakePII, fake: FakeOpenAI) -> None:
    fake.plan(tokens=("Dear Person", " No. 1", "!"))
    assert ask(gateway, "/synthetic") == "Dear Ann Droid!"
    assert seen(fake) == ASKED.replace("Ann Droid", "Person No. 1")


def test_credentials_alone_have_their_own_place(
    gateway: Gateway, service: FakePII, fake: FakeOpenAI
) -> None:
    ask(gateway, "/credentials")
    assert seen(fake) == ASKED.replace("hunter22", "########")
    assert [request.path for request in service.requests] == ["/llm/v1/sanitize_credentials"]


@pytest.mark.parametrize("stream", [False, True])
def test_answers_are_sanitized(
    gateway: Gateway, service: FakePII, fake: FakeOpenAI, stream: bool
) -> None:
    fake.plan(tokens=("Ask Bob", " Cat about it."))
    if stream:
        sdk = client(f"{gateway.url}/output").chat.completions
        asked = user("Whom do I ask?")
        said = text_of(sdk.create(model="gpt-4o-mini", messages=asked, stream=True))
    else:
        said = ask(gateway, "/output", "Whom do I ask?")
    assert said == "Ask PLACEHOLDER1 about it."
    assert service.texts == ["Ask Bob Cat about it."]
    assert seen(fake) == "Whom do I ask?"


def test_what_is_blocked_reaches_nobody(
    gateway: Gateway, service: FakePII, fake: FakeOpenAI
) -> None:
    with pytest.raises(BadRequestError, match=r"EMAIL_ADDRESS: 1.*PERSON: 1"):
        ask(gateway, "/block")
    assert not fake.requests


def test_a_service_that_fails(gateway: Gateway, service: FakePII, fake: FakeOpenAI) -> None:
    service.replies.append(FAILED)
    with pytest.raises(InternalServerError, match="failed to sanitize the request"):
        ask(gateway, "/input")
    assert not fake.requests
    service.replies.append(FAILED)
    ask(gateway, "/goes-on")
    assert seen(fake) == ASKED

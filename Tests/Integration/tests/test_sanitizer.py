# SPDX-License-Identifier: Apache-2.0
"""ai-sanitizer in front of ai-proxy, with the official SDK: what the provider sees, and what the client reads."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, LogFile, ai_proxy, file_log, request
from harness.kong import KEY_VARIABLE
from harness.sdk import client, text_of, user

SECRET = "I am ann@example.com at 10.0.0.1, password=hunter22"
REDACTED = "I am PLACEHOLDER1 at PLACEHOLDER2, password=########"


def _sanitizer(**config: Any) -> dict[str, Any]:
    return {"name": "ai-sanitizer", "config": config}


@pytest.fixture(scope="module")
def fake_here() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
def fake(fake_here: FakeOpenAI) -> FakeOpenAI:
    fake_here.reset()
    return fake_here


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sanitizer")


@pytest.fixture(scope="module")
def gateway(place: Path, fake_here: FakeOpenAI) -> Iterator[Gateway]:
    proxy = ai_proxy(f"{fake_here.url}/v1/chat/completions")
    log = file_log(place / "file.log")
    file = KongFile()
    for path, config in (
        ("/input", {}),
        ("/both", {"sanitization_mode": "BOTH"}),
        ("/block", {"block_if_detected": True}),
    ):
        file.route(path, _sanitizer(**config), proxy, log)
    with Gateway(file, place, {KEY_VARIABLE: f"Bearer {KEY}"}) as running:
        yield running


def _seen(fake: FakeOpenAI) -> Any:
    return json.loads(fake.wait(1)[0].body)["messages"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("route", ["/input", "/both"])
def test_values_stay_here_and_come_back(
    gateway: Gateway, fake: FakeOpenAI, route: str, stream: bool
) -> None:
    tokens = ["Hello PLACE", "HOLDER", "1 (PLACEHOLDER2", "), write to bob", "@exam", "ple.org", " or so."]
    fake.plan(tokens=tokens)
    sdk = client(f"{gateway.url}{route}").chat.completions
    if stream:
        said = text_of(sdk.create(model="gpt-4o-mini", messages=user(SECRET), stream=True))
    else:
        said = (
            sdk.create(model="gpt-4o-mini", messages=user(SECRET)).choices[0].message.content or ""
        )
    assert _seen(fake) == user(REDACTED)
    other = "PLACEHOLDER3" if route == "/both" else "bob@example.org"
    assert said == f"Hello ann@example.com (10.0.0.1), write to {other} or so."


def test_what_is_blocked_never_leaves(gateway: Gateway, fake: FakeOpenAI) -> None:
    response = request(gateway.address, "POST", "/block", {"messages": user(SECRET)})
    assert response.status == 400
    message = json.loads(response.body)["error"]["message"]
    assert message == (
        "request blocked: 3 PII detected (EMAIL_ADDRESS: 1, IP_ADDRESS: 1, PASSWORD: 1)"
    )
    assert not fake.requests


def test_the_log_says_what_was_done(
    gateway: Gateway, fake: FakeOpenAI, place: Path, test_id: str
) -> None:
    body = {"messages": user(SECRET)}
    request(gateway.address, "POST", "/input", body, {"x-test": test_id})
    entry = LogFile(place / "file.log").entry(test_id)
    block = entry["ai"]["sanitizer"]
    assert (block["pii_identified"], block["pii_sanitized"]) == (3, 3)
    assert block["sanitized_items"][0] == {
        "entity_type": "EMAIL_ADDRESS",
        "original": "ann@example.com",
        "sanitized": "PLACEHOLDER1",
    }
    assert "hunter22" not in json.dumps(entry)

# SPDX-License-Identifier: Apache-2.0
"""Azure through a gateway: what is peculiar to it. The rest is in the scenarios."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from fake_compatible import FakeAzure
from fake_compatible.azure import prompt_filtered
from harness import Gateway, KongFile, LogFile, file_log, request
from harness.sdk import client, numbered, text_of, user

KEY = {"AZURE_KEY": FakeAzure.KEY, "AZURE_TOKEN": f"Bearer {FakeAzure.TOKEN}"}
BY_KEY = {"header_name": "api-key", "header_value": "{vault://env/AZURE_KEY}"}
BY_TOKEN = {"header_name": "Authorization", "header_value": "{vault://env/AZURE_TOKEN}"}
MODERN = "2024-10-21"


def _proxy(url: str, auth: dict[str, str], version: str | None, **more: Any) -> dict[str, Any]:
    options = {
        "azure_instance": "team",
        "azure_deployment_id": "chat",
        "upstream_url": f"{url}/openai/deployments/chat/chat/completions",
    }
    if version:
        options["azure_api_version"] = version
    config = {
        "route_type": "llm/v1/chat",
        "auth": auth,
        "model": {"provider": "azure", "options": options},
        "logging": {"log_statistics": True},
    }
    return {"name": "ai-proxy", "config": config | more}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeAzure]:
    with FakeAzure() as running:
        yield running


@pytest.fixture
def fake(server: FakeAzure) -> FakeAzure:
    server.reset()
    return server


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("azure")


@pytest.fixture(scope="module")
def running(server: FakeAzure, place: Path) -> Iterator[Gateway]:
    log = file_log(place / "file.log")
    file = KongFile()
    file.route("/chat", _proxy(server.url, BY_KEY, MODERN), log)
    file.route("/token", _proxy(server.url, BY_TOKEN, MODERN), log)
    # Kong's default, which knows nothing of usage in streams.
    file.route("/old", _proxy(server.url, BY_KEY, None), log)
    reject = {"unsupported": "reject"}
    file.route("/strict", _proxy(server.url, BY_KEY, MODERN, patchbay=reject), log)
    drop = {"unsupported": "drop"}
    file.route("/silent", _proxy(server.url, BY_KEY, MODERN, patchbay=drop), log)
    with Gateway(file, place, KEY) as gateway:
        yield gateway


@pytest.mark.parametrize("route", ["/chat", "/token"])
def test_a_credential_of_the_gateways_is_the_only_one(
    running: Gateway, fake: FakeAzure, route: str
) -> None:
    answer = client(running.url + route).chat.completions.create(model="chat", messages=user())
    assert answer.choices[0].message.content == numbered(5)
    sent = fake.last
    assert (sent.header("api-key"), sent.header("authorization")) == (
        (FakeAzure.KEY, None) if route == "/chat" else (None, f"Bearer {FakeAzure.TOKEN}")
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", f"api-version={MODERN}"), ("?api-version=2024-06-01", "api-version=2024-06-01")],
)
def test_a_clients_version_wins(
    running: Gateway, fake: FakeAzure, query: str, expected: str
) -> None:
    body = {"model": "chat", "messages": user()}
    response = request(running.address, "POST", f"/chat/chat/completions{query}", body)
    assert response.status == 200, response
    assert fake.last.query == expected


@pytest.mark.parametrize("version", ["", "2024-10-21"], ids=["old", "clients"])
def test_usage_of_streams_is_asked_for_where_the_version_knows_it(
    running: Gateway, fake: FakeAzure, place: Path, test_id: str, version: str
) -> None:
    sdk = client(f"{running.url}/old", test_id)
    query = {"api-version": version} if version else {}
    stream = sdk.chat.completions.create(
        model="chat", messages=user("one two three"), stream=True, extra_query=query
    )
    assert text_of(stream) == numbered(5)
    assert ("stream_options" in fake.last.json()) == bool(version)
    usage = LogFile(place / "file.log").entry(test_id)["ai"]["proxy"]["usage"]
    exact = fake.last.usage
    if exact is None:
        # An estimate: the old version tells nothing.
        assert usage["completion_tokens"] > 0
    else:
        assert usage["completion_tokens"] == exact["completion_tokens"] == 5


def test_a_filtered_prompt_keeps_its_code_and_says_which_filter(
    running: Gateway, fake: FakeAzure
) -> None:
    fake.plan(error=prompt_filtered())
    with pytest.raises(openai.BadRequestError) as caught:
        client(f"{running.url}/chat").chat.completions.create(model="chat", messages=user())
    assert caught.value.code == "content_filter"
    assert caught.value.response.content == fake.last.response_body
    body: Any = caught.value.body
    assert body["innererror"]["code"] == "ResponsibleAIPolicyViolation"


def test_what_cannot_be_sent_is_refused_or_dropped_as_configured(
    running: Gateway, fake: FakeAzure
) -> None:
    body = {"model": "chat", "messages": user(), "top_k": 4}
    refused = request(running.address, "POST", "/strict", body)
    assert refused.status == 400, refused
    assert "top_k" in refused.json()["error"]["message"]
    assert fake.requests == []
    silent = request(running.address, "POST", "/silent", body)
    assert silent.status == 200, silent
    assert silent.header("x-patchbay-unsupported") is None
    assert "top_k" not in fake.last.json()

# SPDX-License-Identifier: Apache-2.0
"""Where the upstream's key goes, who may replace it, and where the model's name comes from."""

from urllib.parse import parse_qs

import openai
import pytest

from fake_openai import KEY, FakeOpenAI
from harness import Gateway, request
from harness.sdk import client, user

PROMPT = {"messages": user()}


def test_a_clients_key_counts_only_where_that_is_allowed(
    gateway: Gateway, fake: FakeOpenAI
) -> None:
    with pytest.raises(openai.AuthenticationError):
        client(f"{gateway.url}/override").chat.completions.create(
            model="gpt-4o-mini", messages=user()
        )
    assert fake.last.header("authorization") != f"Bearer {KEY}"
    assert client(f"{gateway.url}/chat").chat.completions.create(
        model="gpt-4o-mini", messages=user()
    )


def test_where_override_is_allowed_the_gateways_key_fills_in(
    gateway: Gateway, fake: FakeOpenAI
) -> None:
    assert request(gateway.address, "POST", "/override", PROMPT).status == 200
    assert fake.last.header("authorization") == f"Bearer {KEY}"


def test_a_key_goes_into_the_query(gateway: Gateway, fake: FakeOpenAI) -> None:
    response = request(gateway.address, "POST", "/query-auth?a=1&key=mine", PROMPT)
    assert response.status == 200, response
    assert parse_qs(fake.last.query)["key"] == [KEY]
    assert parse_qs(fake.last.query).get("a") == ["1"]


def test_a_key_goes_into_the_body(gateway: Gateway, fake: FakeOpenAI) -> None:
    response = request(gateway.address, "POST", "/body-auth", PROMPT | {"user": "mine"})
    assert response.status == 200, response
    assert fake.last.json()["user"] == KEY
    assert fake.last.body.count(b'"user":') == 1
    assert int(fake.last.header("content-length") or 0) == len(fake.last.body)


@pytest.mark.parametrize("model", ["gpt-4o-mini", "gpt-4o"])
def test_a_model_comes_from_a_header(gateway: Gateway, fake: FakeOpenAI, model: str) -> None:
    response = request(gateway.address, "POST", "/by-header", PROMPT, {"X-Model": model})
    assert response.status == 200, response
    assert fake.last.json()["model"] == model
    assert response.header("x-kong-llm-model") == f"openai/{model}"


def test_a_model_comes_from_the_query(gateway: Gateway, fake: FakeOpenAI) -> None:
    response = request(gateway.address, "POST", "/by-query?wanted=gpt%2D4o", PROMPT)
    assert response.status == 200, response
    assert fake.last.json()["model"] == "gpt-4o"


def test_a_model_comes_from_the_path(gateway: Gateway, fake: FakeOpenAI) -> None:
    response = request(gateway.address, "POST", "/by-path/gpt-4o/chat", PROMPT)
    assert response.status == 200, response
    assert fake.last.json()["model"] == "gpt-4o"


def test_a_templates_value_is_data_not_json(gateway: Gateway, fake: FakeOpenAI) -> None:
    value = 'x","stream":true,"y":"'
    response = request(gateway.address, "POST", "/by-header", PROMPT, {"X-Model": value})
    assert response.status == 404, response
    assert fake.last.json()["model"] == value

# SPDX-License-Identifier: Apache-2.0
"""What is Bedrock's own: Converse's rules kept, binary streams, its models' embeddings, its native API."""

from collections.abc import Iterator
from typing import Any

import boto3
import openai
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from fake_bedrock import (
    API_KEY,
    CLAUDE,
    COHERE_EMBED,
    NOVA,
    PROFILE,
    REGION,
    TITAN_V2,
    FakeBedrock,
    Plan,
    ToolCall,
    every,
    frames,
    models,
)
from fake_bedrock.errors import access_denied, throttled
from fake_bedrock.invoke import vector
from harness import Gateway, KongFile, LogFile, file_log, request
from harness.kong import KEY_VARIABLE, Record, header_auth
from harness.sdk import client, numbered, text_of, usage_of, user

KEY = {KEY_VARIABLE: f"Bearer {API_KEY}"}
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {"properties": {"city": {"type": "string"}}},
        "strict": True,
    },
}


def converse(fake: FakeBedrock, route: str = "llm/v1/chat", **config: Any) -> Record:
    options = {"upstream_url": fake.url, **config.pop("options", {})}
    model = {"provider": "bedrock", "options": options}
    if name := config.pop("model", CLAUDE):
        model["name"] = name
    return {
        "name": "ai-proxy",
        "config": {
            "route_type": route,
            "auth": header_auth(),
            "model": model,
            "logging": {"log_statistics": True, "log_payloads": True},
            **config,
        },
    }


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeBedrock]:
    with FakeBedrock() as running:
        yield running


@pytest.fixture
def bedrock(shared: FakeBedrock) -> FakeBedrock:
    shared.reset()
    return shared


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("bedrock")


@pytest.fixture(scope="module")
def through(shared: FakeBedrock, place: Any) -> Iterator[Gateway]:
    log = file_log(place / "file.log")
    file = KongFile()
    file.route("/chat", converse(shared), log)
    file.route("/any", converse(shared, model=None), log)
    fast = {"bedrock": {"performance_config_latency": "optimized"}, "top_k": 4}
    file.route("/fast", converse(shared, model=NOVA, options=fast), log)
    reject = {"unsupported": "reject"}
    file.route("/strict", converse(shared, patchbay=reject), log)
    file.route("/completions", converse(shared, "llm/v1/completions"), log)
    normal = {"bedrock": {"embeddings_normalize": True}, "embeddings_dimensions": 256}
    file.route("/titan", converse(shared, "llm/v1/embeddings", model=TITAN_V2, options=normal), log)
    file.route("/cohere", converse(shared, "llm/v1/embeddings", model=COHERE_EMBED), log)
    path = f"{shared.url}/proxy/model/{CLAUDE}/converse"
    file.route("/configured", converse(shared, options={"upstream_url": path}), log)
    file.route("/native", converse(shared, model=None, llm_format="bedrock"), log)
    with Gateway(file, place, KEY) as running:
        yield running


@pytest.fixture
def log(place: Any) -> LogFile:
    return LogFile(place / "file.log")


def test_plain(through: Gateway, bedrock: FakeBedrock) -> None:
    answer = client(f"{through.url}/chat").chat.completions.create(model=CLAUDE, messages=user())
    assert answer.choices[0].message.content == numbered(5)
    assert usage_of(answer.usage) == (8, 5, 13)


def test_stream(through: Gateway, bedrock: FakeBedrock) -> None:
    stream = client(f"{through.url}/chat").chat.completions.create(
        model=CLAUDE, messages=user(), stream=True
    )
    assert text_of(stream) == numbered(5)

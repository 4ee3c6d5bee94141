# SPDX-License-Identifier: Apache-2.0
"""A gateway in front of the fake of Bedrock, for the tests of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_bedrock import (
    ACCESS_KEY,
    API_KEY,
    CLAUDE,
    COHERE_EMBED,
    NOVA,
    REGION,
    SECRET_KEY,
    TITAN_V2,
    FakeBedrock,
)
from fake_cloud import AWSAccount
from harness import Gateway, KongFile, LogFile, file_log
from harness.kong import KEY_VARIABLE, Record, header_auth
from harness.sdk import client, user

ACCOUNT = AWSAccount(ACCESS_KEY, SECRET_KEY)
ENVIRONMENT = {
    KEY_VARIABLE: f"Bearer {API_KEY}",
    "BEDROCK_ACCESS": ACCESS_KEY,
    "BEDROCK_SECRET": SECRET_KEY,
    "BEDROCK_TOKEN": "session/token==",
}
SIGNED = {
    "aws_access_key_id": "{vault://env/BEDROCK_ACCESS}",
    "aws_secret_access_key": "{vault://env/BEDROCK_SECRET}",
}


def bedrock(
    fake: FakeBedrock,
    route: str = "llm/v1/chat",
    *,
    model: str | None = CLAUDE,
    options: Record | None = None,
    auth: Record = SIGNED,
    **config: Any,
) -> Record:
    given = {"upstream_url": fake.url, **(options or {})}
    given["bedrock"] = {"aws_region": REGION, **given.get("bedrock", {})}
    record: Record = {"provider": "bedrock", "options": given}
    if model is not None:
        record["name"] = model
    return {
        "name": "ai-proxy",
        "config": {
            "route_type": route,
            "auth": auth,
            "model": record,
            "logging": {"log_statistics": True, "log_payloads": False},
            **config,
        },
    }


@pytest.fixture(scope="module")
def shared_bedrock() -> Iterator[FakeBedrock]:
    with FakeBedrock() as running:
        yield running


@pytest.fixture
def fake(shared_bedrock: FakeBedrock) -> FakeBedrock:
    shared_bedrock.reset()
    return shared_bedrock


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bedrock")


@pytest.fixture(scope="module")
def gateway(shared_bedrock: FakeBedrock, place: Path) -> Iterator[Gateway]:
    fake = shared_bedrock
    file = KongFile()
    log = file_log(place / "file.log")
    file.route("/chat", bedrock(fake), log)
    file.route("/any", bedrock(fake, model=None), log)
    file.route("/bearer", bedrock(fake, auth=header_auth()), log)
    tuned = {"bedrock": {"performance_config_latency": "optimized"}, "top_k": 4}
    file.route("/tuned", bedrock(fake, model=NOVA, options=tuned), log)
    file.route("/reject", bedrock(fake, patchbay={"unsupported": "reject"}), log)
    titan = {"bedrock": {"embeddings_normalize": True}, "embeddings_dimensions": 256}
    file.route("/titan", bedrock(fake, "llm/v1/embeddings", model=TITAN_V2, options=titan), log)
    file.route("/cohere", bedrock(fake, "llm/v1/embeddings", model=COHERE_EMBED), log)
    path = {"upstream_url": f"{fake.url}/model/{CLAUDE}/converse"}
    file.route("/configured", bedrock(fake, options=path), log)
    file.route("/native", bedrock(fake, model=None, llm_format="bedrock"), log)
    file.route("/pinned", bedrock(fake, llm_format="bedrock"), log)
    with Gateway(file, place, ENVIRONMENT) as running:
        yield running


@pytest.fixture
def log_file(place: Path) -> LogFile:
    return LogFile(place / "file.log")


def ask(gateway: Gateway, path: str = "/chat", **members: Any) -> Any:
    sdk = client(f"{gateway.url}{path}")
    return sdk.chat.completions.create(**{"model": CLAUDE, "messages": user()} | members)

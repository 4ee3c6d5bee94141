# SPDX-License-Identifier: Apache-2.0
"""Requests reach Bedrock signed by the host, with keys, a session's or a role's; or with a key of Bedrock's own."""

from pathlib import Path

import openai
import pytest

from fake_bedrock import ACCESS_KEY, API_KEY, PROFILE, REGION, FakeBedrock, Identity
from fake_cloud import FakeSTS
from fake_cloud.aws import AWSAccounts
from harness import Gateway, KongFile
from harness.sdk import CLIENT_KEY, numbered, text_of

from .bedrock_gateway import (
    ACCOUNT,
    ENVIRONMENT,
    ask,
    bedrock,
    fake,
    gateway,
    log_file,
    place,
    shared_bedrock,
)

__all__ = ["fake", "gateway", "log_file", "place", "shared_bedrock"]


def test_no_key_of_a_client_reaches_bedrock(gateway: Gateway, fake: FakeBedrock) -> None:
    ask(gateway)
    value = fake.last.header("authorization") or ""
    assert value.startswith(f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/")
    assert CLIENT_KEY not in str(fake.last.headers)
    ask(gateway, "/bearer")
    assert fake.last.header("authorization") == f"Bearer {API_KEY}"


def test_temporary_keys(tmp_path: Path) -> None:
    token = {"aws_session_token": "{vault://env/BEDROCK_TOKEN}"}
    with FakeBedrock(session_token=ENVIRONMENT["BEDROCK_TOKEN"], region="eu-west-3") as fake:
        options = {"bedrock": {"aws_region": "eu-west-3"}}
        plugin = bedrock(fake, model=PROFILE, options=options, patchbay=token)
        file = KongFile().route("/chat", plugin)
        with Gateway(file, tmp_path, ENVIRONMENT) as gateway:
            assert text_of(ask(gateway, model=PROFILE, stream=True)) == numbered(5)
            assert "x-amz-security-token" in (fake.last.header("authorization") or "")


def test_keys_of_the_hosts_environment(fake: FakeBedrock, tmp_path: Path) -> None:
    file = KongFile().route("/chat", bedrock(fake, auth={}))
    with Gateway(file, tmp_path, ACCOUNT.environment) as gateway:
        assert ask(gateway).choices[0].message.content == numbered(5)


def test_an_assumed_role(tmp_path: Path) -> None:
    with FakeBedrock() as fake, FakeSTS(AWSAccounts(ACCOUNT)) as sts:
        fake.identities = lambda: [
            Identity(one.access_key, one.secret_key, one.token, REGION) for one in sts.given
        ]
        role = {
            "aws_assume_role_arn": sts.ROLE,
            "aws_role_session_name": "tests",
            "aws_sts_endpoint_url": f"{sts.url}/",
        }
        file = KongFile().route("/chat", bedrock(fake, options={"bedrock": role}))
        with Gateway(file, tmp_path, ENVIRONMENT) as gateway:
            for _ in range(3):
                assert ask(gateway).choices[0].message.content == numbered(5)
    assert len(sts.given) == 1


def test_a_wrong_key_is_no_secret(fake: FakeBedrock, tmp_path: Path) -> None:
    file = KongFile().route("/chat", bedrock(fake))
    wrong = ENVIRONMENT | {"BEDROCK_SECRET": "not-the-secret-of-bedrock"}
    with Gateway(file, tmp_path, wrong) as gateway:
        with pytest.raises(openai.PermissionDeniedError) as caught:
            ask(gateway)
        error = caught.value.response.json()["error"]
        assert error["type"] == "authentication_error"
        assert "not-the-secret" not in gateway.log_text

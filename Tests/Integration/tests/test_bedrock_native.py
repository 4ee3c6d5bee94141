# SPDX-License-Identifier: Apache-2.0
"""AWS's own SDK through the gateway: Bedrock's bytes pass both ways, and are counted."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from fake_bedrock import CLAUDE, NOVA, PROFILE, TITAN_V2, FakeBedrock, every
from fake_bedrock.errors import throttled
from harness import Gateway, LogFile, request
from harness.sdk import numbered, usage_of

from . import native_apis
from .bedrock_gateway import fake, gateway, log_file, place, shared_bedrock

__all__ = ["fake", "gateway", "log_file", "place", "shared_bedrock"]


def boto(gateway: Gateway, path: str = "/native", token: str | None = None) -> Any:
    return native_apis.boto(f"{gateway.url}{path}", token)


TURN: Any = {"role": "user", "content": [{"text": "Say numbers."}]}


@pytest.mark.parametrize("token", [None, "of-the-client"])
def test_native_answers_pass_untouched(
    gateway: Gateway, fake: FakeBedrock, token: str | None
) -> None:
    sdk = boto(gateway, token=token)
    answer = sdk.converse(modelId=PROFILE, messages=[TURN])
    assert answer["output"]["message"]["content"] == [{"text": numbered(5)}]
    assert "AKIACLIENT" not in str(fake.last.headers)
    assert json_length(fake) == len(fake.last.body)
    fake.plan(tokens=30, split=every(1))
    events = list(sdk.converse_stream(modelId=NOVA, messages=[TURN])["stream"])
    assert len(events) == 30 + 4
    assert fake.last.path.endswith("/converse-stream")


def json_length(fake: FakeBedrock) -> int:
    return int(fake.last.header("content-length") or 0)


def test_native_answers_are_counted(
    gateway: Gateway, fake: FakeBedrock, log_file: LogFile, test_id: str
) -> None:
    sdk = boto(gateway)
    sdk.meta.events.register(
        "before-send.bedrock-runtime.*",
        lambda request, **_: request.headers.update({"x-test": test_id}),
    )
    details = {"cacheReadInputTokens": 2}
    fake.plan(tokens=7, usage=details)
    sdk.converse(modelId=CLAUDE, messages=[TURN])
    fake.plan(tokens=9, usage=details, split=every(5))
    list(sdk.converse_stream(modelId=CLAUDE, messages=[TURN])["stream"])
    whole, streamed = (entry["ai"]["proxy"] for entry in log_file.entries(test_id, 2))
    assert usage_of(whole["usage"]) == (10, 7, 17)
    assert usage_of(streamed["usage"]) == (10, 9, 19)
    assert streamed["meta"]["request_model"] == CLAUDE


def test_native_errors_are_the_providers(gateway: Gateway, fake: FakeBedrock) -> None:
    fake.plan(error=throttled())
    with pytest.raises(ClientError) as failure:
        boto(gateway).converse(modelId=CLAUDE, messages=[TURN])
    assert failure.value.response["Error"]["Code"] == "ThrottlingException"
    fake.plan(error_event_after=1)
    with pytest.raises(EventStreamError, match="modelStreamErrorException"):
        list(boto(gateway).converse_stream(modelId=CLAUDE, messages=[TURN])["stream"])


def test_native_invocations_pass(gateway: Gateway, fake: FakeBedrock) -> None:
    body = b'{"inputText": "one two"}'
    answer = boto(gateway).invoke_model(modelId=TITAN_V2, body=body, contentType="application/json")
    assert b"embedding" in answer["body"].read()
    assert fake.last.body == body


def test_native_clients_reach_nothing_else(gateway: Gateway, fake: FakeBedrock) -> None:
    for path in ("/native/guardrail/a/version/1/apply", "/native/model/x/delete", "/native/"):
        assert request(gateway.address, "POST", path, {"messages": []}).status == 404
    assert fake.requests == []
    with pytest.raises(ClientError) as failure:
        boto(gateway, "/pinned").converse(modelId=NOVA, messages=[TURN])
    assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert fake.requests == []
    assert (
        boto(gateway, "/pinned").converse(modelId=CLAUDE, messages=[TURN])["stopReason"]
        == "end_turn"
    )

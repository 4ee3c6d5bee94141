# SPDX-License-Identifier: Apache-2.0
"""The fake of Bedrock, driven by AWS's own SDK: what boto3 takes for Bedrock, we may."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from fake_bedrock import (
    ACCESS_KEY,
    CLAUDE,
    COHERE_EMBED,
    NOVA,
    PROFILE,
    REGION,
    SECRET_KEY,
    TITAN_V1,
    TITAN_V2,
    FakeBedrock,
    ToolCall,
    every,
    frames,
)
from fake_bedrock.errors import throttled
from fake_bedrock.invoke import vector

PNG = b"\x89PNG\r\n\x1a\n0000"
WEATHER = {
    "tools": [
        {
            "toolSpec": {
                "name": "weather",
                "inputSchema": {"json": {"type": "object", "properties": {}}},
            }
        }
    ]
}


@pytest.fixture
def fake() -> Iterator[FakeBedrock]:
    with FakeBedrock() as running:
        yield running


def sdk(fake: FakeBedrock, **changes: Any) -> Any:
    given = {"access": ACCESS_KEY, "secret": SECRET_KEY, "token": None, "region": REGION} | changes
    return boto3.client(
        "bedrock-runtime",
        region_name=given["region"],
        endpoint_url=fake.url,
        aws_access_key_id=given["access"],
        aws_secret_access_key=given["secret"],
        aws_session_token=given["token"],
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


def user(*content: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(content) or [{"text": "Say numbers."}]}


def refused(fake: FakeBedrock, **body: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as failure:
        sdk(fake).converse(**{"modelId": CLAUDE, "messages": [user()]} | body)
    response = failure.value.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return status, response["Error"]["Code"], response["Error"]["Message"]


def test_a_plain_answer(fake: FakeBedrock) -> None:
    answer = sdk(fake).converse(
        modelId=PROFILE,
        messages=[user()],
        system=[{"text": "Be brief."}],
        inferenceConfig={"maxTokens": 9, "temperature": 0.5, "topP": 1, "stopSequences": ["x"]},
        additionalModelRequestFields={"top_k": 4},
    )
    assert answer["output"]["message"] == {
        "role": "assistant",
        "content": [{"text": "t0 t1 t2 t3 t4"}],
    }
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"] == {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}
    assert "application-inference-profile%2F" in fake.last.path


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_stream_is_the_plain_answer(fake: FakeBedrock, size: int) -> None:
    calls = [ToolCall("weather", '{"city":"Zürich"}', "a-1"), ToolCall("weather", "", "a-2")]
    fake.plan(tool_calls=calls, split=every(size), usage={"cacheReadInputTokens": 7})
    ask: dict[str, Any] = {"modelId": NOVA, "messages": [user()], "toolConfig": WEATHER}
    events = list(sdk(fake).converse_stream(**ask)["stream"])
    inputs = ["", ""]
    for event in events:
        if delta := event.get("contentBlockDelta"):
            inputs[delta["contentBlockIndex"]] += delta["delta"]["toolUse"]["input"]
    assert inputs == ['{"city":"Zürich"}', ""]
    assert events[0] == {"messageStart": {"role": "assistant"}}
    assert events[-2]["messageStop"]["stopReason"] == "tool_use"
    fake.plan(tool_calls=calls, usage={"cacheReadInputTokens": 7})
    whole = sdk(fake).converse(**ask)
    assert events[-1]["metadata"]["usage"] == whole["usage"]
    assert whole["usage"]["totalTokens"] == 8 + 17 + 7
    blocks = [block["toolUse"] for block in whole["output"]["message"]["content"]]
    assert [block["input"] for block in blocks] == [{"city": "Zürich"}, {}]
    assert [block["toolUseId"] for block in blocks] == ["a-1", "a-2"]


def test_results_of_all_calls_are_one_message(fake: FakeBedrock) -> None:
    uses: list[Any] = [
        {"toolUse": {"toolUseId": id, "name": "weather", "input": {}}} for id in ("a", "b")
    ]
    results = [{"toolResult": {"toolUseId": id, "content": [{"text": "ok"}]}} for id in ("a", "b")]
    called = {"role": "assistant", "content": uses}
    turns = [user(), called, user(*results)]
    answer = sdk(fake).converse(modelId=CLAUDE, messages=turns, toolConfig=WEATHER)
    assert answer["stopReason"] == "end_turn"
    assert "toolConfig field must be defined" in refused(fake, messages=turns)[2]
    half = [user(), called, user(results[0])]
    assert "for the following Ids: b" in refused(fake, messages=half, toolConfig=WEATHER)[2]
    apart = [user(), called, user(results[0]), user(results[1])]
    assert "must alternate" in refused(fake, messages=apart, toolConfig=WEATHER)[2]
    late = [user(), called, user({"text": "x"}, *results)]
    assert "must come first" in refused(fake, messages=late, toolConfig=WEATHER)[2]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"messages": [{"role": "assistant", "content": [{"text": "x"}]}]}, "start with a user"),
        ({"messages": [user({"text": " \n"})]}, "is blank"),
        ({"messages": [{"role": "user", "content": []}]}, "is empty"),
        ({"inferenceConfig": {"temperature": 1.5}}, "inferenceConfig.temperature"),
        ({"inferenceConfig": {"maxTokens": 0}}, "inferenceConfig.maxTokens"),
        ({"additionalModelRequestFields": {"seed": 1}}, "extraneous key [seed]"),
        ({"toolConfig": {"tools": []}}, "toolConfig.tools"),
        ({"messages": [user({"image": {"format": "bmp", "source": {"bytes": PNG}}})]}, "enum"),
        (
            {"messages": [user({"image": {"format": "jpeg", "source": {"bytes": PNG}}})]},
            "another type",
        ),
        (
            {
                "messages": [
                    user({"document": {"format": "txt", "name": "a.txt", "source": {"text": "x"}}})
                ]
            },
            "must include a text block",
        ),
        ({"modelId": "us.anthropic.claude-9"}, "model identifier is invalid"),
    ],
)
def test_what_the_service_refuses(fake: FakeBedrock, body: dict[str, Any], message: str) -> None:
    status, code, text = refused(fake, **body)
    assert (status, code) == (400, "ValidationException")
    assert message in text


def test_images_and_documents_are_bytes(fake: FakeBedrock) -> None:
    document = {"format": "txt", "name": "a note", "source": {"bytes": b"hello"}}
    image = {"format": "png", "source": {"bytes": PNG}}
    content = user({"text": "Look:"}, {"image": image}, {"document": document})
    assert sdk(fake).converse(modelId=CLAUDE, messages=[content])["stopReason"] == "end_turn"
    sent = fake.last.json()["messages"][0]["content"]
    assert sent[1]["image"]["source"]["bytes"] == base64.b64encode(PNG).decode()


def test_exceptions(fake: FakeBedrock) -> None:
    fake.plan(error=throttled())
    assert refused(fake)[:2] == (429, "ThrottlingException")
    fake.plan(error_event_after=2)
    seen = []
    with pytest.raises(EventStreamError, match="modelStreamErrorException"):
        for event in sdk(fake).converse_stream(modelId=CLAUDE, messages=[user()])["stream"]:
            seen.append(event)
    assert len(seen) == 3
    fake.breaks_streams_with(frames.error("InternalError", "Broken."))
    fake.plan(error_event_after=0)
    with pytest.raises(EventStreamError, match="Broken"):
        list(sdk(fake).converse_stream(modelId=CLAUDE, messages=[user()])["stream"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"access": "AKIAOTHER"}, "UnrecognizedClientException"),
        ({"secret": "wrong"}, "InvalidSignatureException"),
        ({"token": "surprising"}, "UnrecognizedClientException"),
        ({"region": "eu-west-1"}, "InvalidSignatureException"),
    ],
)
def test_a_wrong_signature_is_refused(fake: FakeBedrock, change: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as failure:
        sdk(fake, **change).converse(modelId=CLAUDE, messages=[user()])
    assert failure.value.response["Error"]["Code"] == code


def test_session_tokens(fake: FakeBedrock) -> None:
    with FakeBedrock(session_token="session/token==") as other:
        answer = sdk(other, token="session/token==").converse(modelId=PROFILE, messages=[user()])
        assert answer["stopReason"] == "end_turn"
        with pytest.raises(ClientError, match="security token"):
            sdk(other).converse(modelId=CLAUDE, messages=[user()])


@pytest.mark.parametrize(
    ("model", "body", "size"),
    [
        (TITAN_V1, {"inputText": "one two"}, 1536),
        (TITAN_V2, {"inputText": "one two", "dimensions": 256, "normalize": False}, 256),
    ],
)
def test_titan_embeddings(fake: FakeBedrock, model: str, body: dict[str, Any], size: int) -> None:
    answer = sdk(fake).invoke_model(modelId=model, body=json.dumps(body))
    value = json.loads(answer["body"].read())
    assert value["embedding"] == vector("one two", size)
    assert value["inputTextTokenCount"] == 3
    with pytest.raises(ClientError, match="extraneous key"):
        sdk(fake).invoke_model(modelId=TITAN_V1, body=json.dumps(body | {"dimensions": 256}))


def test_cohere_embeddings(fake: FakeBedrock) -> None:
    body = {"texts": ["a", "b c"], "input_type": "search_query"}
    answer = sdk(fake).invoke_model(modelId=COHERE_EMBED, body=json.dumps(body))
    value = json.loads(answer["body"].read())
    assert value["embeddings"] == [vector("a", 1024), vector("b c", 1024)]
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-bedrock-input-token-count"] == "5"
    with pytest.raises(ClientError, match="input_type"):
        sdk(fake).invoke_model(modelId=COHERE_EMBED, body=json.dumps({"texts": ["a"]}))

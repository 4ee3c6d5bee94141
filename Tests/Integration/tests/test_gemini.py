# SPDX-License-Identifier: Apache-2.0
"""Gemini and Vertex through a gateway: what is peculiar to them. The rest is in the scenarios."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

from fake_gemini import KEY, TOKEN, FakeGemini, errors
from fake_gemini.routes import PROJECT
from fake_openai.embeddings import vector
from fake_provider import ToolCall, every
from harness import Gateway, KongFile, LogFile, file_log
from harness.sdk import client, numbered, text_of, usage_of, user

FLASH, SIGNING = "gemini-2.5-flash", "gemini-3.8-flash"
ENVIRONMENT = {"GEMINI_KEY": KEY, "GEMINI_TOKEN": f"Bearer {TOKEN}"}
PUBLIC_AUTH = {"header_name": "x-goog-api-key", "header_value": "{vault://env/GEMINI_KEY}"}
VERTEX_AUTH = {"header_name": "Authorization", "header_value": "{vault://env/GEMINI_TOKEN}"}
VERTEX = {
    "gemini": {
        "api_endpoint": "us-central1-aiplatform.googleapis.com",
        "project_id": PROJECT,
        "location_id": "us-central1",
    }
}
UNSUPPORTED = "x-patchbay-unsupported"


def _proxy(
    url: str, model: str | None, auth: dict[str, str], kind: str = "chat", **more: Any
) -> dict[str, Any]:
    options = more.pop("options", {}) | {"upstream_url": url}
    record: dict[str, Any] = {"provider": "gemini", "options": options}
    if model is not None:
        record["name"] = model
    config = {"route_type": f"llm/v1/{kind}", "auth": auth, "model": record}
    config["logging"] = {"log_statistics": True}
    return {"name": "ai-proxy", "config": config | more}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeGemini]:
    with FakeGemini() as running:
        yield running


@pytest.fixture
def fake(server: FakeGemini) -> FakeGemini:
    server.reset()
    return server


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gemini")


@pytest.fixture(scope="module")
def log(place: Path) -> LogFile:
    return LogFile(place / "file.log")


@pytest.fixture(scope="module")
def running(server: FakeGemini, place: Path) -> Iterator[Gateway]:
    log = file_log(place / "file.log")
    url, path = server.url, f"/v1beta/models/{FLASH}:generateContent"
    file = KongFile()
    file.route("/chat", _proxy(url + path, FLASH, PUBLIC_AUTH), log)
    file.route("/signing", _proxy(url, SIGNING, PUBLIC_AUTH), log)
    query = {"param_name": "key", "param_value": "{vault://env/GEMINI_KEY}"}
    file.route("/by-query", _proxy(url, FLASH, query | {"param_location": "query"}), log)
    file.route("/keyless", _proxy(url, FLASH, PUBLIC_AUTH | {"header_value": "wrong"}), log)
    file.route("/vertex", _proxy(url, FLASH, VERTEX_AUTH, options=VERTEX), log)
    endpoint = {"gemini": VERTEX["gemini"] | {"endpoint_id": "7231984561230987654"}}
    file.route("/endpoint", _proxy(url, FLASH, VERTEX_AUTH, options=endpoint), log)
    file.route("/vectors", _proxy(url, "gemini-embedding-001", PUBLIC_AUTH, "embeddings"), log)
    file.route(
        "/vertex-vectors",
        _proxy(url, "text-embedding-005", VERTEX_AUTH, "embeddings", options=VERTEX),
        log,
    )
    file.route("/native", _proxy(url, None, PUBLIC_AUTH, llm_format="gemini"), log)
    file.route(
        "/native-vertex",
        _proxy(url, None, VERTEX_AUTH, options=VERTEX, llm_format="gemini"),
        log,
    )
    with Gateway(file, place, ENVIRONMENT) as gateway:
        yield gateway


def _ask(gateway: Gateway, route: str, test: str = "", **ask: Any) -> Any:
    sdk = client(f"{gateway.url}{route}", test)
    return sdk.chat.completions.create(**({"model": FLASH, "messages": user()} | ask))


def _stream(gateway: Gateway, route: str, test: str = "", **ask: Any) -> list[Any]:
    options = {"include_usage": True}
    return list(_ask(gateway, route, test, stream=True, stream_options=options, **ask))


TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}},
    },
}


# MARK: - Addresses


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("/chat", f"/v1beta/models/{FLASH}"),
        (
            "/vertex",
            f"/v1/projects/{PROJECT}/locations/us-central1/publishers/google/models/{FLASH}",
        ),
        (
            "/endpoint",
            f"/v1/projects/{PROJECT}/locations/us-central1/endpoints/7231984561230987654",
        ),
    ],
)
def test_the_operation_follows_the_request(
    running: Gateway, fake: FakeGemini, route: str, path: str
) -> None:
    assert _ask(running, route).choices[0].message.content == numbered(5)
    assert fake.last.target == f"{path}:generateContent"
    assert text_of(_stream(running, route)) == numbered(5)
    assert fake.last.target == f"{path}:streamGenerateContent?alt=sse"


def test_the_key_can_be_in_the_query(running: Gateway, fake: FakeGemini) -> None:
    assert text_of(_stream(running, "/by-query")) == numbered(5)
    assert f"key={KEY}" in fake.last.query and "alt=sse" in fake.last.query
    assert fake.last.header("x-goog-api-key") is None


# MARK: - Answers


USAGE = {"thoughtsTokenCount": 7, "cachedContentTokenCount": 2, "toolUsePromptTokenCount": 3}


def test_usage_is_in_openais_sense(
    running: Gateway, fake: FakeGemini, log: LogFile, test_id: str
) -> None:
    fake.plan(usage=USAGE)
    plain = _ask(running, "/chat", test_id)
    fake.plan(usage=USAGE)
    streamed = _stream(running, "/chat", test_id)[-1].usage
    assert plain.usage == streamed
    # Four for the turn, two words; tools' prompts come on top. Thoughts are part of the answer.
    assert usage_of(plain.usage) == (4 + 2 + 3, 5 + 7, 21)
    assert plain.usage.prompt_tokens_details.cached_tokens == 2
    assert plain.usage.completion_tokens_details.reasoning_tokens == 7
    for entry in log.entries(test_id, 2):
        assert usage_of(entry["ai"]["proxy"]["usage"]) == (9, 12, 21)


def test_an_upstream_that_answers_with_an_array(running: Gateway, fake: FakeGemini) -> None:
    whole = json.dumps(
        [{"candidates": [{"content": {"parts": [{"text": text}]}}]} for text in ("日本 [", '"}], ')]
        + [
            {
                "candidates": [{"finishReason": "MAX_TOKENS"}],
                "usageMetadata": {"promptTokenCount": 1},
            }
        ],
        ensure_ascii=False,
    ).encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: "
    fake.plan(raw=f"{head}{len(whole)}\r\n\r\n".encode() + whole)
    chunks = _stream(running, "/chat")
    assert text_of(chunks) == '日本 ["}], '
    reasons = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
    assert reasons[-1] == "length"


def test_a_blocked_prompt_and_a_call_that_failed(running: Gateway, fake: FakeGemini) -> None:
    fake.plan(refusal="not that")
    blocked = _ask(running, "/chat").choices[0]
    assert (blocked.finish_reason, blocked.message.refusal) == ("content_filter", "not that")
    fake.plan(finish_reason="MALFORMED_FUNCTION_CALL")
    failed = _ask(running, "/chat").choices[0]
    assert failed.message.refusal.startswith("Malformed function call")


def test_several_candidates(running: Gateway, fake: FakeGemini) -> None:
    whole = _ask(running, "/chat", n=2)
    assert [choice.index for choice in whole.choices] == [0, 1]
    chunks = _stream(running, "/chat", n=2)
    for index in (0, 1):
        texts = [c.delta.content or "" for x in chunks for c in x.choices if c.index == index]
        assert "".join(texts) == numbered(5)


# MARK: - Tools


@pytest.mark.parametrize("streamed", [False, True])
def test_signed_calls_go_back_as_they_came(
    running: Gateway, fake: FakeGemini, streamed: bool
) -> None:
    """The fake refuses calls without their signature, results in another order, other ids."""
    calls = [ToolCall("look_up", '{"word":"a"}', "id1"), ToolCall("look_up", "{}", "id2")]
    fake.plan(tool_calls=calls)
    ask: dict[str, Any] = {"model": SIGNING, "tools": [TOOL]}
    if streamed:
        deltas = [
            call
            for chunk in _stream(running, "/signing", **ask)
            for choice in chunk.choices
            for call in choice.delta.tool_calls or []
        ]
        made = [
            {
                "id": next(d.id for d in deltas if d.index == index and d.id),
                "type": "function",
                "function": {
                    "name": "look_up",
                    "arguments": "".join(
                        d.function.arguments or "" for d in deltas if d.index == index
                    ),
                },
            }
            for index in (0, 1)
        ]
    else:
        answer = _ask(running, "/signing", **ask).choices[0]
        assert answer.finish_reason == "tool_calls"
        made = [call.model_dump() for call in answer.message.tool_calls]
    assert [json.loads(call["function"]["arguments"]) for call in made] == [{"word": "a"}, {}]
    messages: list[Any] = [*user(), {"role": "assistant", "content": None, "tool_calls": made}]
    for call in reversed(made):
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": call["id"][:9]})
    assert _ask(running, "/signing", messages=messages, **ask).choices[0].message.content
    results = fake.last.json()["contents"][2]["parts"]
    assert [part["functionResponse"]["id"] for part in results] == ["id1", "id2"]


def test_ids_are_unique_where_gemini_gives_none(running: Gateway, fake: FakeGemini) -> None:
    call = ToolCall("look_up", "{}")
    fake.plan(tool_calls=[call, call])
    made = _ask(running, "/chat", tools=[TOOL]).choices[0].message.tool_calls
    assert len({one.id for one in made}) == 2
    messages: list[Any] = [
        *user(),
        {"role": "assistant", "tool_calls": [c.model_dump() for c in made]},
    ]
    for one in made:
        messages.append({"role": "tool", "tool_call_id": one.id, "content": "found"})
    assert _ask(running, "/chat", messages=messages, tools=[TOOL]).choices[0].message.content


def test_a_conversation_from_another_model_goes_on(running: Gateway, fake: FakeGemini) -> None:
    function = {"name": "look_up", "arguments": '{"word":"a"}'}
    call = {"id": "call_of_another", "type": "function", "function": function}
    messages: list[Any] = [
        *user(),
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_of_another", "content": '{"found": true}'},
    ]
    answer = _ask(running, "/signing", model=SIGNING, messages=messages, tools=[TOOL])
    assert answer.choices[0].message.content == numbered(5)


SCHEMAS: list[Any] = [
    {"type": "object", "properties": {}},
    {
        "type": "object",
        "properties": {
            "a": {"$ref": "#/$defs/A"},
            "b": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
            "c": {"type": ["string", "null"], "enum": ["x", None]},
        },
        "required": ["a"],
        "additionalProperties": False,
        "$defs": {
            "A": {
                "type": "object",
                "properties": {"d": {"type": "array", "items": {"type": "number"}}},
                "additionalProperties": False,
            }
        },
    },
    {"type": "object", "properties": {"free": {"type": "object"}, "map": {"type": "object"}}},
    {
        "type": "object",
        "properties": {"node": {"$ref": "#/definitions/N", "description": "d"}},
        "definitions": {
            "N": {"type": "object", "properties": {"next": {"$ref": "#/definitions/N"}}}
        },
    },
]


@pytest.mark.parametrize("route", ["/chat", "/vertex"])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_schemas_that_the_provider_would_refuse(
    running: Gateway, fake: FakeGemini, route: str, schema: Any
) -> None:
    tool = {"type": "function", "function": {"name": "look_up", "parameters": schema}}
    assert _ask(running, route, tools=[tool]).choices[0].message.content == numbered(5)
    shape = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    answer = _ask(running, route, response_format=shape)
    assert answer.choices[0].message.content == numbered(5)


def test_what_is_lost_is_named(running: Gateway, fake: FakeGemini) -> None:
    function = {"name": "look_up", "strict": True}
    tool: Any = {"type": "function", "function": function}
    sdk = client(f"{running.url}/chat")
    raw = sdk.chat.completions.with_raw_response.create(
        model=FLASH, messages=user(), tools=[tool], user="u", parallel_tool_calls=False
    )
    assert raw.headers[UNSUPPORTED] == "tools[0].function.strict, parallel_tool_calls, user"


# MARK: - Errors


def test_a_wrong_key_is_an_error_of_authentication(running: Gateway, fake: FakeGemini) -> None:
    for ask in (_ask, _stream):
        with pytest.raises(openai.BadRequestError) as caught:
            ask(running, "/keyless")
        assert caught.value.type == "authentication_error"
        assert caught.value.code == "invalid_api_key"


def test_when_to_come_back_is_in_the_body(running: Gateway, fake: FakeGemini) -> None:
    fake.plan(error=errors.rate_limited())
    with pytest.raises(openai.RateLimitError) as caught:
        _ask(running, "/chat")
    assert caught.value.response.headers["retry-after"] == "37"
    assert caught.value.type == "rate_limit_error"


# MARK: - Vectors


@pytest.mark.parametrize(
    ("route", "model"),
    [("/vectors", "gemini-embedding-001"), ("/vertex-vectors", "text-embedding-005")],
)
def test_vectors(running: Gateway, fake: FakeGemini, route: str, model: str) -> None:
    sdk = client(f"{running.url}{route}")
    answer = sdk.embeddings.create(model=model, input=["a b", "c"], dimensions=8)
    assert [one.embedding for one in answer.data] == [vector("a b", 8), vector("c", 8)]
    assert answer.model == model
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (5, 5)
    with pytest.raises(openai.BadRequestError, match="takes texts, not tokens"):
        sdk.embeddings.create(model=model, input=[1, 2])


# MARK: - Gemini's own API


@pytest.fixture(params=["public", "vertex"])
def native(request: pytest.FixtureRequest, running: Gateway, test_id: str) -> genai.Client:
    headers = {"x-test": test_id}
    if request.param == "public":
        options = types.HttpOptions(base_url=f"{running.url}/native", headers=headers)
        return genai.Client(api_key="the client's own", http_options=options)
    options = types.HttpOptions(base_url=f"{running.url}/native-vertex", headers=headers)
    return genai.Client(
        vertexai=True,
        project="of-the-client",
        location="us-central1",
        credentials=Credentials("the client's own"),  # type: ignore[no-untyped-call]
        http_options=options,
    )


def test_the_native_api_is_counted(
    native: genai.Client, fake: FakeGemini, log: LogFile, test_id: str
) -> None:
    fake.plan(usage=USAGE)
    answer = native.models.generate_content(model=FLASH, contents="Say numbers.")
    assert answer.text == numbered(5)
    assert answer.usage_metadata and answer.usage_metadata.thoughts_token_count == 7
    fake.plan(usage=USAGE)
    pieces = list(native.models.generate_content_stream(model=FLASH, contents="Say numbers."))
    assert "".join(piece.text or "" for piece in pieces) == numbered(5)
    for entry in log.entries(test_id, 2):
        assert usage_of(entry["ai"]["proxy"]["usage"]) == (9, 12, 21)
        assert entry["ai"]["proxy"]["meta"]["request_model"] == FLASH


def test_a_native_array_passes_untouched(
    running: Gateway, fake: FakeGemini, log: LogFile, test_id: str
) -> None:
    body = b'{ "contents": [{"parts": [{"text": "Say\\u0020numbers."}]}] }'
    path = f"/native/v1beta/models/{FLASH}:streamGenerateContent"
    fake.plan(usage=USAGE, split=every(7))
    response = httpx.post(
        running.url + path,
        content=body,
        headers={"content-type": "application/json", "x-test": test_id},
    )
    assert fake.last.body == body
    assert fake.last.target == f"/v1beta/models/{FLASH}:streamGenerateContent"
    assert response.content == fake.last.response_body
    assert response.content.startswith(b"[{")
    (entry,) = log.entries(test_id, 1)
    assert usage_of(entry["ai"]["proxy"]["usage"]) == (9, 12, 21)


def test_other_native_operations_pass(native: genai.Client, fake: FakeGemini) -> None:
    answer = native.models.embed_content(model="gemini-embedding-001", contents="a b")
    assert answer.embeddings and answer.embeddings[0].values == vector("a b", 3072)


def test_no_other_native_path_is_reached(running: Gateway, fake: FakeGemini) -> None:
    for path in ("v1beta/files", f"v1beta/models/{FLASH}:delete", f"v1beta/models/{FLASH}"):
        response = httpx.post(f"{running.url}/native/{path}", json={"contents": []})
        assert response.status_code == 404
        assert "no such operation" in response.json()["error"]["message"]
    assert fake.requests == []

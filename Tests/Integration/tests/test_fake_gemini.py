# SPDX-License-Identifier: Apache-2.0
"""The fake of Gemini by itself, driven by Google's SDK: what the other tests take for granted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai import types
from google.genai.errors import APIError
from google.oauth2.credentials import Credentials

from fake_gemini import KEY, TOKEN, FakeGemini, errors
from fake_gemini.routes import PROJECT
from fake_provider import ToolCall
from harness.client import request
from harness.sdk import numbered

FLASH, SIGNING = "gemini-2.5-flash", "gemini-3.8-flash"
PUBLIC = "/v1beta/models/gemini-2.5-flash:generateContent"
BODY: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "Say numbers."}]}]}
LOOK_UP = types.FunctionDeclaration(
    name="look_up",
    description="Looks a word up",
    parameters=types.Schema(
        type=types.Type.OBJECT, properties={"word": types.Schema(type=types.Type.STRING)}
    ),
)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeGemini]:
    with FakeGemini() as running:
        yield running


@pytest.fixture
def fake(server: FakeGemini) -> FakeGemini:
    server.reset()
    return server


@pytest.fixture
def public(fake: FakeGemini) -> genai.Client:
    return genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=fake.url))


@pytest.fixture
def vertex(fake: FakeGemini) -> genai.Client:
    return genai.Client(
        vertexai=True,
        project=PROJECT,
        location="us-central1",
        credentials=Credentials(TOKEN),  # type: ignore[no-untyped-call]
        http_options=types.HttpOptions(base_url=fake.url, api_version="v1"),
    )


@pytest.fixture(params=["public", "vertex"])
def sdk(request: pytest.FixtureRequest) -> genai.Client:
    client: genai.Client = request.getfixturevalue(request.param)
    return client


def test_an_answer(sdk: genai.Client) -> None:
    answer = sdk.models.generate_content(
        model=FLASH,
        contents="Say numbers.",
        config=types.GenerateContentConfig(
            system_instruction="Be short.",
            temperature=0.5,
            top_p=0.9,
            top_k=4,
            max_output_tokens=50,
            stop_sequences=["x"],
            seed=3,
            thinking_config=types.ThinkingConfig(thinking_budget=0),
        ),
    )
    usage = answer.usage_metadata
    assert answer.text == numbered(5)
    assert answer.candidates and answer.candidates[0].finish_reason is types.FinishReason.STOP
    assert usage and usage.prompt_token_count == 12 and usage.candidates_token_count == 5
    assert usage.total_token_count == 17


def test_a_stream_adds_up_to_the_answer(fake: FakeGemini, sdk: genai.Client) -> None:
    fake.plan(usage={"thoughtsTokenCount": 7, "cachedContentTokenCount": 3})
    fake.plan(usage={"thoughtsTokenCount": 7, "cachedContentTokenCount": 3})
    whole = sdk.models.generate_content(model=FLASH, contents="Say numbers.")
    pieces = list(sdk.models.generate_content_stream(model=FLASH, contents="Say numbers."))
    assert fake.last.query == "alt=sse"
    assert len(pieces) == 6
    assert "".join(piece.text or "" for piece in pieces) == whole.text
    assert pieces[-1].usage_metadata == whole.usage_metadata
    assert whole.usage_metadata and whole.usage_metadata.total_token_count == 4 + 2 + 5 + 7


def test_without_alt_sse_a_stream_is_an_array(fake: FakeGemini) -> None:
    path = PUBLIC.replace("generateContent", "streamGenerateContent")
    address, headers = ("127.0.0.1", fake.port), {"x-goog-api-key": KEY}
    response = request(address, "POST", path, BODY, headers)
    values = json.loads(response.body)
    texts = [value["candidates"][0]["content"]["parts"][0]["text"] for value in values]
    assert "".join(texts) == numbered(5)
    failed = request(address, "POST", path, BODY, {"x-goog-api-key": "wrong"})
    assert failed.status == 400
    assert json.loads(failed.body)[0]["error"]["details"][0]["reason"] == "API_KEY_INVALID"


@pytest.mark.parametrize("model", [FLASH, SIGNING])
def test_tools_and_their_results(fake: FakeGemini, sdk: genai.Client, model: str) -> None:
    calls = [ToolCall("look_up", '{"word":"a"}', "id1"), ToolCall("look_up", "{}", "id2")]
    fake.plan(tool_calls=calls)
    config = types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[LOOK_UP])],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    asked = types.Content(role="user", parts=[types.Part(text="Look up a.")])
    first = sdk.models.generate_content(model=model, contents=[asked], config=config)
    made = first.function_calls or []
    assert [(call.name, call.args) for call in made] == [
        ("look_up", {"word": "a"}),
        ("look_up", None),
    ]
    said = first.candidates[0].content if first.candidates else None
    assert said and said.parts
    assert bool(said.parts[0].thought_signature) == (model == SIGNING)
    results = [
        types.Part(
            function_response=types.FunctionResponse(
                id=call.id, name=call.name, response={"output": "found"}
            )
        )
        for call in made
    ]
    told = types.Content(role="user", parts=results)
    second = sdk.models.generate_content(model=model, contents=[asked, said, told], config=config)
    assert second.text == numbered(5)
    told.parts = results[:1]
    with pytest.raises(APIError, match="number of function response parts is equal"):
        sdk.models.generate_content(model=model, contents=[asked, said, told], config=config)


def test_a_call_without_its_signature_is_refused(fake: FakeGemini, public: genai.Client) -> None:
    call = types.Part(function_call=types.FunctionCall(name="look_up", args={}))
    result = types.Part(function_response=types.FunctionResponse(name="look_up", response={"a": 1}))
    contents = [
        types.Content(role="user", parts=[types.Part(text="Look up a.")]),
        types.Content(role="model", parts=[call]),
        types.Content(role="user", parts=[result]),
    ]
    with pytest.raises(APIError, match="missing a thought_signature"):
        public.models.generate_content(model=SIGNING, contents=contents)
    call.thought_signature = b"something else"
    with pytest.raises(APIError, match="Corrupted thought signature"):
        public.models.generate_content(model=SIGNING, contents=contents)


def test_a_forced_tool_and_json(sdk: genai.Client) -> None:
    forced = sdk.models.generate_content(
        model=FLASH,
        contents="Look up a.",
        config=types.GenerateContentConfig(
            tools=[types.Tool(function_declarations=[LOOK_UP])],
            tool_config=types.ToolConfig(
                function_calling_config=types.FunctionCallingConfig(
                    mode=types.FunctionCallingConfigMode.ANY, allowed_function_names=["look_up"]
                )
            ),
        ),
    )
    assert [call.name for call in forced.function_calls or []] == ["look_up"]
    shaped = sdk.models.generate_content(
        model=FLASH,
        contents="Say numbers.",
        config=types.GenerateContentConfig(
            response_mime_type="application/json", response_schema=LOOK_UP.parameters
        ),
    )
    assert shaped.text == numbered(5)


def test_a_blocked_prompt_and_a_stopped_answer(fake: FakeGemini, sdk: genai.Client) -> None:
    fake.plan(refusal="not that")
    blocked = sdk.models.generate_content(model=FLASH, contents="Say numbers.")
    assert blocked.candidates is None and blocked.prompt_feedback
    assert blocked.prompt_feedback.block_reason is types.BlockedReason.PROHIBITED_CONTENT
    fake.plan(finish_reason="RECITATION")
    stopped = sdk.models.generate_content(model=FLASH, contents="Say numbers.")
    assert stopped.candidates
    assert stopped.candidates[0].finish_reason is types.FinishReason.RECITATION


def test_vectors(sdk: genai.Client) -> None:
    config = types.EmbedContentConfig(output_dimensionality=8)
    one = sdk.models.embed_content(model="gemini-embedding-001", contents="a b", config=config)
    two = sdk.models.embed_content(
        model="gemini-embedding-001", contents=["a b", "c"], config=config
    )
    assert one.embeddings and two.embeddings and len(two.embeddings) == 2
    assert one.embeddings[0].values == two.embeddings[0].values
    assert one.embeddings[0].values and len(one.embeddings[0].values) == 8


def test_vectors_by_predict(vertex: genai.Client) -> None:
    answer = vertex.models.embed_content(model="text-embedding-005", contents=["a b", "c"])
    assert answer.embeddings and len(answer.embeddings) == 2
    counts = [one.statistics.token_count for one in answer.embeddings if one.statistics]
    assert counts == [3, 2]


def test_errors_are_googles(fake: FakeGemini, sdk: genai.Client) -> None:
    fake.plan(error=errors.rate_limited())
    with pytest.raises(APIError) as limited:
        sdk.models.generate_content(model=FLASH, contents="Say numbers.")
    assert (limited.value.code, limited.value.status) == (429, "RESOURCE_EXHAUSTED")
    with pytest.raises(APIError) as unknown:
        sdk.models.generate_content(model="gemini-9", contents="Say numbers.")
    assert (unknown.value.code, unknown.value.status) == (404, "NOT_FOUND")
    fake.plan(error_event_after=2)
    with pytest.raises(APIError, match="internal error"):
        list(sdk.models.generate_content_stream(model=FLASH, contents="Say numbers."))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 3}, 'Unknown name "seed": Cannot find field.'),
        (
            {"generationConfig": {"user": "x"}},
            "Unknown name \"user\" at 'generation_config': Cannot find field.",
        ),
        ({"contents": []}, "contents is not specified"),
        ({"contents": [{"role": "system", "parts": [{"text": "x"}]}]}, "valid role"),
        ({"contents": [{"role": "user", "parts": []}]}, "must not be empty"),
        ({"contents": [{"parts": [{"text": "x", "functionCall": {"name": "a"}}]}]}, "oneof"),
        ({"generationConfig": {"temperature": 3}}, "supported range"),
        ({"generationConfig": {"responseSchema": {"type": "string"}}}, "response_mime_type"),
        ({"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}}, "not supported"),
        ({"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}, "without function_decl"),
        (
            {"contents": [{"parts": [{"functionResponse": {"name": "a", "response": {}}}]}]},
            "immediately after a function call turn",
        ),
    ],
)
def test_the_fake_is_strict(fake: FakeGemini, change: dict[str, Any], message: str) -> None:
    response = request(
        ("127.0.0.1", fake.port), "POST", PUBLIC, BODY | change, {"x-goog-api-key": KEY}
    )
    error = json.loads(response.body)["error"]
    assert (response.status, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert message in error["message"]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "object"}, "parameters.properties: should be non-empty for OBJECT type"),
        (
            {"type": "object", "properties": {"a": {"type": "object", "properties": {}}}},
            'properties["a"].properties: should be non-empty',
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "additionalProperties": False,
            },
            'Unknown name "additionalProperties" at \'tools[0].function_declarations[0]',
        ),
        (
            {"type": "object", "properties": {"a": {"type": ["string", "null"]}}},
            "Proto field is not repeating, cannot start list.",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "integer", "enum": ["1"]}}},
            "only allowed for STRING type",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]},
            "property is not defined",
        ),
    ],
)
def test_schemas_are_checked(fake: FakeGemini, schema: dict[str, Any], message: str) -> None:
    tool = {"functionDeclarations": [{"name": "look_up", "parameters": schema}]}
    body = BODY | {"tools": [tool]}
    headers = {"x-goog-api-key": KEY}
    response = request(("127.0.0.1", fake.port), "POST", PUBLIC, body, headers)
    assert response.status == 400
    assert message in json.loads(response.body)["error"]["message"]


def test_vertex_takes_additional_properties(fake: FakeGemini) -> None:
    path = PUBLIC.replace("/v1beta", f"/v1/projects/{PROJECT}/locations/global/publishers/google")
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "additionalProperties": False,
    }
    body = BODY | {"tools": [{"functionDeclarations": [{"name": "b", "parameters": schema}]}]}
    address = ("127.0.0.1", fake.port)
    taken = request(address, "POST", path, body, {"Authorization": f"Bearer {TOKEN}"})
    assert taken.status == 200
    refused = request(address, "POST", path, body, {"x-goog-api-key": KEY})
    assert refused.status == 401
    assert json.loads(refused.body)["error"]["status"] == "UNAUTHENTICATED"


def test_the_key_goes_into_the_header_or_the_query(fake: FakeGemini) -> None:
    address = ("127.0.0.1", fake.port)
    assert request(address, "POST", f"{PUBLIC}?key={KEY}", BODY, {}).status == 200
    assert request(address, "POST", f"{PUBLIC}?key=wrong", BODY, {}).status == 400
    assert request(address, "POST", PUBLIC, BODY, {}).status == 403

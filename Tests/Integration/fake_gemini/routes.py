# SPDX-License-Identifier: Apache-2.0
"""From a request to an answer: which API, the credential, the path, then the operation."""

import json
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from fake_provider import Answer, FakeProvider, Plan, ProviderError, Received, answer

from . import embed, errors, generate, messages, models

KEY = "AIzaSyFake0Key1Of2The3Tests4abcdefghijk"
TOKEN = "ya29.fake-access-token-of-the-tests"
PROJECT = "patchbay-tests"
LOCATIONS = ("us-central1", "global")

_PUBLIC = re.compile(r"/v1(?:beta)?/models/([^/:]+):(\w+)")
_VERTEX = re.compile(
    r"/v1(?:beta1)?/projects/([^/:]+)/locations/([^/:]+)/"
    r"(?:publishers/google/models|(endpoints))/([^/:]+):(\w+)"
)
_HEADERS = [("Vary", "Origin"), ("Server", "scaffolding on HTTPServer2"), ("X-XSS-Protection", "0")]


@dataclass
class _Call:
    model: str
    operation: str
    is_vertex: bool


class FakeGemini(FakeProvider):
    def __init__(
        self, key: str = KEY, token: str = TOKEN, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__("fake-gemini", tls)
        self.key = key
        # Whether an access token for Vertex is good.
        self.accepts: Callable[[str], bool] = lambda given: given == token

    def respond(self, request: Received, plan: Plan) -> Answer:
        query = parse_qs(request.query)
        is_array = ":stream" in request.path and query.get("alt") != ["sse"]
        try:
            self._check_credential(request, query)
            if plan.error is not None:
                raise plan.error
            result = _endpoint(request, plan, "array" if is_array else "sse")
        except ProviderError as error:
            # What would have been an array is one when it fails, too.
            body = [error.body] if is_array else error.body
            result = answer.of_json(body, error.status, error.headers)
        result.finish(request, plan, _HEADERS)
        return result

    def _check_credential(self, request: Received, query: dict[str, list[str]]) -> None:
        if "/projects/" in request.path:
            scheme, _, token = (request.header("authorization") or "").partition(" ")
            if scheme != "Bearer" or not self.accepts(token):
                raise errors.wrong_token()
            return
        given = request.header("x-goog-api-key") or query.get("key", [None])[0]
        if given is None:
            raise errors.no_key()
        if given != self.key:
            raise errors.wrong_key()


def _endpoint(request: Received, plan: Plan, form: str) -> Answer:
    if request.method == "GET" and request.path == "/v1beta/models":
        return answer.of_json(models.listing())
    call = _call(request)
    if request.method != "POST" or call is None:
        raise errors.GoogleError(404, f"The requested URL {request.path} was not found.")
    known = messages.VERTEX if call.is_vertex else messages.PUBLIC
    match call.operation:
        case "generateContent" | "streamGenerateContent":
            _check_model(call, models.CHAT)
            body = _body(request, known, "GenerateContentRequest")
            stream = form if call.operation.startswith("stream") else None
            return generate.respond(body, call.model, call.is_vertex, stream, plan)
        case "embedContent" | "batchEmbedContents":
            _check_model(call, tuple(models.EMBEDDINGS))
            is_batch = call.operation.startswith("batch")
            kind = "BatchEmbedContentsRequest" if is_batch else "EmbedContentRequest"
            respond = embed.vertex if call.is_vertex else embed.public
            return respond(_body(request, known, kind), call.model, is_batch)
        case "predict" if call.is_vertex:
            _check_model(call, tuple(models.PREDICTED))
            return embed.predict(_body(request, known, "PredictRequest"), call.model)
    raise errors.GoogleError(404, f"Method not found: {call.operation}")


def _call(request: Received) -> _Call | None:
    if found := _PUBLIC.fullmatch(request.path):
        return _Call(unquote(found[1]), found[2], False)
    if (found := _VERTEX.fullmatch(request.path)) and found[2] in LOCATIONS:
        if found[1] != PROJECT:
            raise errors.GoogleError(
                403, f"Permission 'aiplatform.endpoints.predict' denied on project {found[1]}."
            )
        if found[3]:
            if found[4] != models.ENDPOINT:
                raise errors.GoogleError(404, f"Endpoint `{found[4]}` not found.")
            return _Call("gemini-2.5-flash", found[5], True)
        return _Call(unquote(found[4]), found[5], True)
    return None


def _check_model(call: _Call, known: tuple[str, ...]) -> None:
    if call.model not in known:
        raise errors.model_not_found(f"models/{call.model}")


def _body(request: Received, known: dict[str, messages.Message], name: str) -> dict[str, Any]:
    kind = request.media_type
    if kind != "application/json":
        raise errors.invalid(f"Unsupported content type: '{kind}'")
    try:
        value = json.loads(request.body.decode("utf-8", "strict"))
    except ValueError as problem:
        raise errors.invalid(
            f"Invalid JSON payload received. Unable to parse: {problem}"
        ) from problem
    reader = messages.Reader(known)
    body = reader.message(value, name, "")
    if reader.violations:
        raise errors.violations(reader.violations)
    return body

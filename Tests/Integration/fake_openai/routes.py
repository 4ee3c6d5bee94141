# SPDX-License-Identifier: Apache-2.0
"""From a request to an answer: the key, the path, the content type, then the endpoint."""

import ssl
from typing import Any

from fake_provider import Answer, FakeProvider, Plan, ProviderError, Received, answer

from . import chat, completions, embeddings, errors, models

KEY = "sk-fake-4f1d9ab37c2e86b05d1f7a9c3e5b8d20"

_PROVIDER_HEADERS = [
    ("openai-organization", "patchbay"),
    ("openai-processing-ms", "5"),
    ("openai-version", "2020-10-01"),
    ("x-request-id", "req_1234567890"),
    ("x-ratelimit-remaining-requests", "29999"),
    ("Set-Cookie", "__cf_bm=secret; path=/; HttpOnly"),
]


class FakeOpenAI(FakeProvider):
    def __init__(self, key: str = KEY, tls: ssl.SSLContext | None = None) -> None:
        super().__init__("fake-openai", tls)
        self.key = key

    def respond(self, request: Received, plan: Plan) -> Answer:
        return _respond(request, plan, self.key)


def _respond(request: Received, plan: Plan, key: str) -> Answer:
    try:
        _check_key(request, key)
        if plan.error is not None:
            raise plan.error
        result = _endpoint(request, plan)
    except ProviderError as error:
        result = answer.of_error(error)
    result.finish(request, plan, _PROVIDER_HEADERS)
    return result


def _check_key(request: Received, key: str) -> None:
    value = request.header("authorization")
    if value is None:
        raise errors.no_key()
    scheme, _, given = value.partition(" ")
    if scheme.lower() != "bearer" or given != key:
        raise errors.wrong_key(given)


def _endpoint(request: Received, plan: Plan) -> Answer:
    path = request.path
    if request.method == "GET" and path == "/v1/models":
        return answer.of_json(models.listing())
    if request.method == "GET" and path.startswith("/v1/models/"):
        return answer.of_json(models.one(path.removeprefix("/v1/models/")))
    if request.method == "POST" and path == "/v1/chat/completions":
        return chat.respond(read_body(request), plan)
    if request.method == "POST" and path == "/v1/completions":
        return completions.respond(read_body(request), plan)
    if request.method == "POST" and path == "/v1/embeddings":
        return embeddings.respond(read_body(request))
    raise errors.unknown_url(request.method, path)


def read_body(request: Received) -> dict[str, Any]:
    kind = request.media_type
    if kind != "application/json":
        raise errors.APIError(
            415,
            f"Unsupported content type: '{kind}'. This API method only accepts "
            "'application/json' requests, but you specified the header 'Content-Type: "
            f"{kind}'. Please try again with a supported content type.",
            code="unsupported_content_type",
        )
    try:
        value = request.strict_json()
    except ValueError as problem:
        raise errors.APIError(
            400,
            "We could not parse the JSON body of your request. (HINT: This likely means you "
            f"aren't using your HTTP library correctly: {problem})",
        ) from problem
    if not isinstance(value, dict):
        raise errors.APIError(400, "The JSON body of your request is not an object.")
    return value

# SPDX-License-Identifier: Apache-2.0
"""From a request to an answer: the key, the path, the content type, then the endpoint."""

import ssl
from typing import Any

from fake_provider import Answer, FakeProvider, Plan, ProviderError, Received, answer

from . import chat, embeddings, errors

KEY = "mi-fake-b05d1f7a9c3e5b8d204f1d9ab37c2e86"

_PROVIDER_HEADERS = [
    ("mistral-correlation-id", "01938f0a-5f2e-7c0c-8d4d-6a7e9f0b1c2d"),
    ("x-kong-request-id", "01938f0a5f2e7c0c8d4d6a7e9f0b1c2d"),
    ("x-ratelimit-remaining-req-minute", "59"),
]


class FakeMistral(FakeProvider):
    def __init__(self, key: str = KEY, tls: ssl.SSLContext | None = None) -> None:
        super().__init__("fake-mistral", tls)
        self.key = key

    def respond(self, request: Received, plan: Plan) -> Answer:
        try:
            if request.header("authorization") != f"Bearer {self.key}":
                raise errors.unauthorized()
            if plan.error is not None:
                raise plan.error
            result = _endpoint(request, plan)
        except ProviderError as error:
            result = answer.of_error(error)
        result.finish(request, plan, _PROVIDER_HEADERS)
        return result


def _endpoint(request: Received, plan: Plan) -> Answer:
    if request.method == "POST" and request.path == "/v1/chat/completions":
        return chat.respond(_body(request), plan)
    if request.method == "POST" and request.path == "/v1/embeddings":
        return embeddings.respond(_body(request))
    raise errors.unknown_url()


def _body(request: Received) -> dict[str, Any]:
    kind = request.media_type
    try:
        value = request.strict_json()
    except ValueError as problem:
        raise errors.FieldError(
            "json_invalid", (), f"JSON decode error: {problem}", {}
        ) from problem
    if kind != "application/json" or not isinstance(value, dict):
        raise errors.wrong_type((), "dict", "")
    return value

# SPDX-License-Identifier: Apache-2.0
"""From a request to an answer: the key, the path, the content type, then the endpoint."""

import ssl
from collections.abc import Callable
from typing import Any

from fake_provider import Answer, FakeProvider, Plan, ProviderError, Received, answer

from . import chat, chat_v1, embed, errors, generate, rerank

KEY = "co-fake-8d1f7a9c3e5b8d204f1d9ab37c2e86b0"

_PROVIDER_HEADERS = [
    ("num_chars", "100"),
    ("num_tokens", "20"),
    ("x-debug-trace-id", "3c9a1d5b7f2e4860"),
    ("x-endpoint-monthly-call-limit", "1000"),
    ("x-trial-endpoint-call-limit", "20"),
    ("x-trial-endpoint-call-remaining", "19"),
]

Endpoint = Callable[[dict[str, Any], Plan, str], Answer]

_ENDPOINTS: dict[str, Endpoint] = {
    "/v2/chat": lambda body, plan, accepts: chat.respond(body, plan),
    "/v1/chat": chat_v1.respond,
    "/v1/generate": generate.respond,
    "/v2/embed": lambda body, plan, accepts: embed.respond(body, plan),
    "/v1/embed": lambda body, plan, accepts: embed.respond_v1(body, plan),
    "/v2/rerank": lambda body, plan, accepts: rerank.respond(body),
    "/v1/rerank": lambda body, plan, accepts: rerank.respond(body),
}


class FakeCohere(FakeProvider):
    def __init__(self, key: str = KEY, tls: ssl.SSLContext | None = None) -> None:
        super().__init__("fake-cohere", tls)
        self.key = key

    def respond(self, request: Received, plan: Plan) -> Answer:
        try:
            _check_key(request, self.key)
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
        raise errors.wrong_key()


def _endpoint(request: Received, plan: Plan) -> Answer:
    endpoint = _ENDPOINTS.get(request.path)
    if endpoint is None or request.method != "POST":
        raise errors.not_found(request.path)
    return endpoint(_body(request), plan, request.header("accept") or "")


def _body(request: Received) -> dict[str, Any]:
    kind = request.media_type
    if kind != "application/json":
        raise errors.APIError(400, f"unsupported content type: '{kind}'")
    try:
        value = request.strict_json()
    except ValueError as problem:
        raise errors.APIError(400, f"invalid json syntax: {problem}") from problem
    if not isinstance(value, dict):
        raise errors.APIError(400, "invalid json syntax: the body is not an object")
    return value

# SPDX-License-Identifier: Apache-2.0
"""From a request to an answer: the key, the version, the path, then the endpoint."""

import ssl
from typing import Any

from fake_provider import Answer, FakeProvider, Plan, ProviderError, Received, answer

from . import completions, errors, messages, models
from .blocks import NEW_VERSION

KEY = "sk-ant-api03-5c1e9a7f3b2d8e604f1a7c9d3e5b8f20"

_VERSIONS = ("2023-01-01", "2023-06-01", NEW_VERSION)
_PROVIDER_HEADERS = [
    ("request-id", errors.REQUEST_ID),
    ("anthropic-organization-id", "e7f5a3b1-0000-4000-8000-000000000000"),
    ("anthropic-ratelimit-requests-remaining", "49"),
    ("via", "1.1 google"),
    ("Set-Cookie", "_cfuvid=secret; path=/; HttpOnly"),
]


class FakeAnthropic(FakeProvider):
    def __init__(self, key: str = KEY, tls: ssl.SSLContext | None = None) -> None:
        super().__init__("fake-anthropic", tls)
        self.key = key

    def respond(self, request: Received, plan: Plan) -> Answer:
        try:
            _check_key(request, self.key)
            version = _version(request)
            if plan.error is not None:
                raise plan.error
            result = _endpoint(request, plan, version)
        except ProviderError as error:
            result = answer.of_error(error)
        result.finish(request, plan, _PROVIDER_HEADERS)
        return result


def _check_key(request: Received, key: str) -> None:
    own = request.header("x-api-key")
    bearer = request.header("authorization")
    if own is None and bearer is None:
        raise errors.no_key()
    # When both are there, `x-api-key` wins.
    given = own if own is not None else (bearer or "").removeprefix("Bearer ")
    if given != key:
        raise errors.wrong_key()


def _version(request: Received) -> str:
    version = request.header("anthropic-version")
    if version is None:
        raise errors.invalid("anthropic-version: header is required")
    if version not in _VERSIONS:
        raise errors.invalid(f'anthropic-version: "{version}" is not a valid version')
    return version


def _endpoint(request: Received, plan: Plan, version: str) -> Answer:
    path = request.path
    if request.method == "GET" and path == "/v1/models":
        return answer.of_json(models.listing())
    if request.method == "POST" and path == "/v1/messages":
        return messages.respond(_body(request), plan, version)
    if request.method == "POST" and path == "/v1/messages/count_tokens":
        return messages.count(_body(request), version)
    if request.method == "POST" and path == "/v1/complete" and version < NEW_VERSION:
        return completions.respond(_body(request), plan)
    raise errors.APIError(404, "Not found")


def _body(request: Received) -> dict[str, Any]:
    kind = request.media_type
    if kind != "application/json":
        raise errors.invalid("content-type: must be application/json")
    try:
        value = request.strict_json()
    except ValueError as problem:
        raise errors.invalid(f"The request body is not valid JSON: {problem}") from problem
    if not isinstance(value, dict):
        raise errors.invalid("The request body is not a JSON object.")
    return value

# SPDX-License-Identifier: Apache-2.0
"""Azure OpenAI: deployments instead of models, an api-version, content filters in each answer."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from fake_openai import errors
from fake_provider import ProviderError, Received

from .provider import FakeCompatible, Value

# The versions that the service knows, of https://learn.microsoft.com/azure/ai-services/openai.
VERSIONS = (
    "2023-05-15",
    "2024-02-01",
    "2024-06-01",
    "2024-08-01-preview",
    "2024-09-01-preview",
    "2024-10-21",
    "2024-12-01-preview",
    "2025-04-01-preview",
)
# Tools came with the first, usage in streams with the second, `max_completion_tokens` and with it
# the reasoning models with the third.
_TOOLS = "2023-12-01"
_STREAM_OPTIONS = "2024-09-01"
_COMPLETION_LIMIT = "2024-09-01"

_SINCE = {
    "tools": _TOOLS,
    "tool_choice": _TOOLS,
    "response_format": _TOOLS,
    "seed": _TOOLS,
    "parallel_tool_calls": "2024-08-01",
    "stream_options": _STREAM_OPTIONS,
    "max_completion_tokens": _COMPLETION_LIMIT,
    "reasoning_effort": "2024-12-01",
}
_PATH = re.compile(r"/openai/deployments/([^/]+)/(chat/completions|completions|embeddings)")
_CATEGORIES = ("hate", "self_harm", "sexual", "violence")


class FakeAzure(FakeCompatible):
    NAME = "azure"
    KEY = "4d1f2c3b5a6978e0a1b2c3d4e5f60718"
    # A token of Entra ID, which does as well as a key.
    TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJhdWQiOiJjb2duaXRpdmUifQ.entra"
    # Deployments.
    MODELS: ClassVar[Mapping[str, str]] = {
        "chat": "gpt-4o-mini",
        "reasoning": "o4-mini",
        "instruct": "gpt-3.5-turbo-instruct",
        "vectors": "text-embedding-3-small",
    }
    IGNORES_UNKNOWN = False
    ROLES = ("developer", "system", "user", "assistant", "tool", "function")
    HEADERS = (
        ("apim-request-id", "4f6b1a0e-6f1b-4f4e-8f4e-0d3b5c5a7c11"),
        ("x-ms-region", "Sweden Central"),
        ("x-ratelimit-remaining-requests", "99"),
        ("azureml-model-session", "d063-20251114"),
    )

    def accepts(self, token: str) -> bool:
        """Whether a token of Entra ID is good."""
        return token == self.TOKEN

    def check_key(self, request: Received) -> None:
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        if scheme.lower() == "bearer":
            if not self.accepts(token):
                raise _error(401, "Unauthorized", "Access token is missing, invalid, or expired.")
        elif request.header("api-key") != self.key:
            raise self.wrong_key()

    @classmethod
    def wrong_key(cls) -> ProviderError:
        return _error(
            401,
            "401",
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to "
            "provide a valid key for an active subscription and use a correct regional API "
            "endpoint for your resource.",
        )

    def operation(self, request: Received) -> str:
        found = _PATH.fullmatch(request.path)
        if request.method != "POST" or not found or _version(request) not in VERSIONS:
            raise _error(404, "404", "Resource not found")
        if found[1] not in self.MODELS:
            raise _error(
                404,
                "DeploymentNotFound",
                "The API deployment for this resource does not exist. If you created the "
                "deployment within the last 5 minutes, please wait a moment and try again.",
            )
        return found[2].split("/")[0]

    def body(self, request: Received) -> Value:
        body = super().body(request)
        found = _PATH.fullmatch(request.path)
        version = _version(request)
        assert found
        for name, since in _SINCE.items():
            if name in body and version < since:
                raise errors.APIError(400, f"Unrecognized request argument supplied: {name}")
        # The deployment decides; what the body calls the model is not read.
        return body | {"model": found[1]}

    @classmethod
    def error(cls, error: errors.APIError) -> ProviderError:
        if error.status == 429:
            return _error(
                429,
                "429",
                "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version "
                "2024-10-21 have exceeded call rate limit of your current OpenAI S0 pricing tier. "
                "Please retry after 20 seconds.",
                error.headers,
            )
        return error

    def whole(self, value: Value, body: Value) -> Value:
        if "choices" not in value:
            return value
        value["model"] = f"{self.MODELS[body['model']]}-2024-07-18"
        for choice in value["choices"]:
            choice["content_filter_results"] = _safe(choice["finish_reason"])
        return value | {"prompt_filter_results": _PROMPT}

    def chunk(self, value: Value, body: Value, number: int) -> list[Value]:
        value["model"] = f"{self.MODELS[body['model']]}-2024-07-18"
        for choice in value["choices"]:
            choice["content_filter_results"] = (
                _safe(choice["finish_reason"]) if choice.get("delta", {}).get("content") else {}
            )
        if number:
            return [value]
        first = {"choices": [], "created": 0, "id": "", "model": "", "object": ""}
        return [first | {"prompt_filter_results": _PROMPT}, value]


def prompt_filtered() -> ProviderError:
    """The prompt itself was found to be unsafe."""
    results = _safe(None) | {"violence": {"filtered": True, "severity": "high"}}
    error: Value = {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content "
        "management policy. Please modify your prompt and retry.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": results},
    }
    return ProviderError(400, error["message"], {"error": error})


def _error(
    status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()
) -> ProviderError:
    """The gateway in front of the service: neither type nor param."""
    body = {"error": {"code": code, "message": message}}
    if status == 401 and code == "Unauthorized":
        return ProviderError(status, message, {"statusCode": status, "message": message}, headers)
    return ProviderError(status, message, body, headers)


def _version(request: Received) -> str:
    arguments = dict(part.partition("=")[::2] for part in request.query.split("&"))
    return arguments.get("api-version", "")


def _safe(reason: Any) -> Value:
    results: Value = {name: {"filtered": False, "severity": "safe"} for name in _CATEGORIES}
    if reason == "content_filter":
        results["hate"] = {"filtered": True, "severity": "high"}
    return results


_PROMPT = [{"prompt_index": 0, "content_filter_results": _safe(None)}]

# SPDX-License-Identifier: Apache-2.0
"""Databricks: serving endpoints, no stream_options, usage in every chunk, its own errors."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fake_openai import errors
from fake_provider import Answer, Plan, ProviderError

from .provider import FakeCompatible, Value, names, with_usage

_CODES = {
    400: "BAD_REQUEST",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}


class FakeDatabricks(FakeCompatible):
    NAME = "databricks"
    KEY = "dapi-fake-91c4"
    PATHS: ClassVar[Mapping[str, str]] = {
        "/serving-endpoints/chat/completions": "chat",
        "/serving-endpoints/completions": "completions",
        "/serving-endpoints/embeddings": "embeddings",
    }
    MODELS: ClassVar[Mapping[str, str]] = {
        "databricks-meta-llama-3-3-70b-instruct": "gpt-4o-mini",
        "base": "gpt-3.5-turbo-instruct",
        "databricks-gte-large-en": "text-embedding-3-small",
    }
    CHAT = names(
        "logprobs max_tokens messages model n reasoning_effort response_format stop "
        "stream temperature tool_choice tools top_logprobs top_p"
    )
    OWN: ClassVar[Mapping[str, tuple[type, ...]]] = {"thinking": (dict,), "top_k": (int,)}
    IGNORES_UNKNOWN = False

    @classmethod
    def wrong_key(cls) -> ProviderError:
        return ProviderError(
            401,
            "Credential was not sent or was of an unsupported type for this API.",
            {
                "error_code": 401,
                "message": "Credential was not sent or was of an unsupported type for this API.",
            },
        )

    @classmethod
    def error(cls, error: errors.APIError) -> ProviderError:
        message = str(error)
        if error.body["error"]["code"] == "unknown_parameter":
            message = f"{error.body['error']['param']}: Extra inputs are not permitted"
        body = {"error_code": _CODES.get(error.status, "UNKNOWN"), "message": message}
        return ProviderError(error.status, message, body, error.headers)

    def _answer(self, operation: str, body: Value, plan: Plan) -> Answer:
        if "stream_options" in body:
            raise errors.unknown_parameter("stream_options")
        return super()._answer(operation, body, plan)

    def _as_openai(self, operation: str, body: Value) -> Value:
        return with_usage(super()._as_openai(operation, body))

    def chunk(self, value: Value, body: Value, number: int) -> list[Value]:
        # Each chunk says what was used until then; there is no chunk for it alone.
        prompt = 1
        for message in body.get("messages", []):
            prompt += _words(message.get("content"))
        value["usage"] = value.get("usage") or {
            "prompt_tokens": prompt,
            "completion_tokens": number,
            "total_tokens": prompt + number,
        }
        return [value]


def _words(content: Any) -> int:
    return len(content.split()) if isinstance(content, str) else 1

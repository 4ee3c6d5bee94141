# SPDX-License-Identifier: Apache-2.0
"""Ollama's endpoint in OpenAI's format: no key, and a good part of the parameters disregarded."""

from collections.abc import Mapping
from typing import ClassVar

from fake_openai import errors
from fake_provider import ProviderError, Received

from .provider import FakeCompatible, Value, names

_TYPES = {400: "invalid_request_error", 404: "not_found_error"}


class FakeOllamaCompatible(FakeCompatible):
    NAME = "ollama-compatible"
    KEY = ""
    PATHS: ClassVar[Mapping[str, str]] = {
        "/v1/chat/completions": "chat",
        "/v1/completions": "completions",
        "/v1/embeddings": "embeddings",
    }
    MODELS: ClassVar[Mapping[str, str]] = {
        "llama3.2": "gpt-4o-mini",
        "codellama:code": "gpt-3.5-turbo-instruct",
        "all-minilm": "text-embedding-3-small",
    }
    CHAT = names(
        "frequency_penalty logprobs max_tokens messages model presence_penalty "
        "reasoning_effort response_format seed stop stream stream_options temperature "
        "tools top_logprobs top_p"
    )
    OWN: ClassVar[Mapping[str, tuple[type, ...]]] = {"reasoning": (dict,)}

    def check_key(self, request: Received) -> None:
        """A local server asks for none."""

    @classmethod
    def error(cls, error: errors.APIError) -> ProviderError:
        return errors.APIError(
            error.status,
            str(error),
            type=_TYPES.get(error.status, "api_error"),
            headers=error.headers,
        )

    def whole(self, value: Value, body: Value) -> Value:
        for choice in value.get("choices", []):
            if "message" in choice:
                choice["message"].pop("refusal", None)
                choice["message"].pop("annotations", None)
                choice["message"]["content"] = choice["message"]["content"] or ""
        value.get("usage", {}).pop("prompt_tokens_details", None)
        value.get("usage", {}).pop("completion_tokens_details", None)
        return value | ({"system_fingerprint": "fp_ollama"} if "choices" in value else {})

# SPDX-License-Identifier: Apache-2.0
"""DashScope's compatible mode (Qwen): request ids in errors, inspection of what is said."""

from collections.abc import Mapping
from typing import ClassVar

from fake_openai import errors
from fake_provider import ProviderError

from .provider import FakeCompatible, Value, names

_REQUEST = "3f1c5c1e-9f0e-9a4a-a0a0-5d2b1c0e7f11"
_LARGEST_BATCH = 10


class FakeDashScope(FakeCompatible):
    NAME = "dashscope"
    KEY = "sk-fake-dashscope-77aa"
    PATHS: ClassVar[Mapping[str, str]] = {
        "/compatible-mode/v1/chat/completions": "chat",
        "/compatible-mode/v1/completions": "completions",
        "/compatible-mode/v1/embeddings": "embeddings",
    }
    MODELS: ClassVar[Mapping[str, str]] = {
        "qwen-plus": "gpt-4o-mini",
        "qwen2.5-coder-32b-instruct": "gpt-3.5-turbo-instruct",
        "text-embedding-v4": "text-embedding-3-small",
    }
    CHAT = names(
        "audio logprobs max_tokens messages modalities model n parallel_tool_calls "
        "presence_penalty reasoning_effort response_format seed stop stream "
        "stream_options temperature tool_choice tools top_logprobs top_p"
    )
    OWN: ClassVar[Mapping[str, tuple[type, ...]]] = {
        "enable_search": (bool,),
        "enable_thinking": (bool,),
        "repetition_penalty": (int, float),
        "thinking_budget": (int,),
        "top_k": (int,),
    }

    @classmethod
    def wrong_key(cls) -> ProviderError:
        return _error(
            401, "Incorrect API key provided. ", "invalid_request_error", "invalid_api_key"
        )

    @classmethod
    def error(cls, error: errors.APIError) -> ProviderError:
        record = error.body["error"]
        code = record["code"] or "invalid_parameter_error"
        return _error(error.status, str(error), record["type"], code, error.headers)

    def check(self, operation: str, body: Value) -> None:
        inputs = body.get("input")
        if isinstance(inputs, list) and len(inputs) > _LARGEST_BATCH:
            raise errors.APIError(400, "batch size is invalid, it should not be larger than 10.")

    def whole(self, value: Value, body: Value) -> Value:
        for choice in value.get("choices", []):
            message = choice.get("message")
            if message is not None:
                message.pop("refusal", None)
                message.pop("annotations", None)
                # Never null, calls of tools or not.
                message["content"] = message["content"] or ""
        return value


def inspected() -> ProviderError:
    """What was said is found to be improper."""
    message = "Input data may contain inappropriate content."
    return _error(400, message, "data_inspection_failed", "data_inspection_failed")


def _error(
    status: int, message: str, type: str, code: str, headers: tuple[tuple[str, str], ...] = ()
) -> ProviderError:
    error = {"message": message, "type": type, "param": None, "code": code}
    return ProviderError(status, message, {"error": error, "request_id": _REQUEST}, headers)

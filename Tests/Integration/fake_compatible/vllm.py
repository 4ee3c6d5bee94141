# SPDX-License-Identifier: Apache-2.0
"""vLLM's server: parameters of its sampler, flat errors with a number as their code."""

from collections.abc import Mapping
from typing import ClassVar

from fake_openai import errors
from fake_provider import ProviderError

from .provider import FakeCompatible, Value

_TYPES = {400: "BadRequestError", 404: "NotFoundError", 500: "InternalServerError"}


class FakeVLLM(FakeCompatible):
    NAME = "vllm"
    KEY = "token-abc123"
    PATHS: ClassVar[Mapping[str, str]] = {
        "/v1/chat/completions": "chat",
        "/v1/completions": "completions",
        "/v1/embeddings": "embeddings",
    }
    MODELS: ClassVar[Mapping[str, str]] = {
        "meta-llama/Llama-3.1-8B-Instruct": "gpt-4o-mini",
        "base": "gpt-3.5-turbo-instruct",
        "intfloat/e5-mistral-7b-instruct": "text-embedding-3-small",
    }
    OWN: ClassVar[Mapping[str, tuple[type, ...]]] = {
        "min_p": (int, float),
        "repetition_penalty": (int, float),
        "top_k": (int,),
        "chat_template_kwargs": (dict,),
    }
    ROLES = ("developer", "system", "user", "assistant", "tool")

    @classmethod
    def wrong_key(cls) -> ProviderError:
        return ProviderError(401, "Unauthorized", {"error": "Unauthorized"})

    @classmethod
    def error(cls, error: errors.APIError) -> ProviderError:
        body = {
            "object": "error",
            "message": str(error),
            "type": _TYPES.get(error.status, "Error"),
            "param": None,
            "code": error.status,
        }
        return ProviderError(error.status, str(error), body, error.headers)

    def whole(self, value: Value, body: Value) -> Value:
        for choice in value.get("choices", []):
            choice["stop_reason"] = None
            if "message" in choice:
                choice["message"] |= {
                    "reasoning_content": None,
                    "tool_calls": choice["message"].get("tool_calls", []),
                }
        return value | {"prompt_logprobs": None, "kv_transfer_params": None}

# SPDX-License-Identifier: Apache-2.0
"""DeepSeek: reasoning beside the content, its own names for cached tokens, keep-alive comments."""

from collections.abc import Mapping
from typing import ClassVar

from fake_openai import errors
from fake_provider import ProviderError

from .provider import FakeCompatible, Value, names


class FakeDeepSeek(FakeCompatible):
    NAME = "deepseek"
    KEY = "sk-fake-deepseek-53a1"
    PATHS: ClassVar[Mapping[str, str]] = {
        "/chat/completions": "chat",
        "/v1/chat/completions": "chat",
        "/beta/completions": "completions",
    }
    MODELS: ClassVar[Mapping[str, str]] = {
        "deepseek-chat": "gpt-4o-mini",
        "deepseek-reasoner": "gpt-4o",
        "deepseek-fim": "gpt-3.5-turbo-instruct",
    }
    CHAT = names(
        "frequency_penalty logprobs max_tokens messages model presence_penalty "
        "response_format stop stream stream_options temperature tool_choice tools "
        "top_logprobs top_p"
    )
    OWN: ClassVar[Mapping[str, tuple[type, ...]]] = {"thinking": (dict,)}
    HEADERS = (("x-ds-trace-id", "31d0f6a2b7"),)

    @classmethod
    def wrong_key(cls) -> ProviderError:
        return errors.APIError(
            401,
            "Authentication Fails, Your api key: ****53a0 is invalid",
            type="authentication_error",
            code="invalid_request_error",
        )

    @classmethod
    def error(cls, error: errors.APIError) -> ProviderError:
        if error.status == 400:
            return errors.APIError(
                422 if "variant" in str(error) else 400, str(error), code="invalid_request_error"
            )
        if error.status == 404:
            return errors.APIError(400, "Model Not Exist", code="invalid_request_error")
        return error

    def check(self, operation: str, body: Value) -> None:
        if (body.get("response_format") or {}).get("type") == "json_schema":
            raise errors.APIError(400, "This response_format type is unavailable now")

    def whole(self, value: Value, body: Value) -> Value:
        _count(value)
        for choice in value["choices"]:
            message = choice.get("message", {})
            for name in ("refusal", "annotations"):
                message.pop(name, None)
            if body["model"] == "deepseek-reasoner":
                message["reasoning_content"] = "r0 r1"
        return value

    def leading(self, body: Value) -> list[bytes]:
        # While a request waits for its turn.
        return [b": keep-alive\n\n"]

    def chunk(self, value: Value, body: Value, number: int) -> list[Value]:
        _count(value)
        if number or body["model"] != "deepseek-reasoner":
            return [value]
        thoughts = [value | {"choices": [_thought(text)]} for text in ("r0", " r1")]
        return [value, *thoughts]


def _thought(text: str) -> Value:
    delta = {"content": None, "reasoning_content": text}
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}


def _count(value: Value) -> None:
    usage = value.get("usage")
    if not usage:
        return
    hits = usage.setdefault("prompt_cache_hit_tokens", 0)
    usage["prompt_tokens_details"] = {"cached_tokens": hits}
    usage["prompt_cache_miss_tokens"] = usage["prompt_tokens"] - hits

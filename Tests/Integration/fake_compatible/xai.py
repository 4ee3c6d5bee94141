# SPDX-License-Identifier: Apache-2.0
"""xAI: flat errors, usage in each chunk, and reasoning that its completion tokens leave out."""

from collections.abc import Mapping
from typing import ClassVar

from fake_openai import errors
from fake_provider import ProviderError

from .provider import FakeCompatible, Value, names

_CODES = {
    400: "Client specified an invalid argument",
    403: "The caller does not have permission to execute the specified operation",
    404: "The requested resource was not found",
    429: "Some resource has been exhausted",
    500: "Internal error",
    503: "The service is currently unavailable",
}


class FakeXAI(FakeCompatible):
    NAME = "xai"
    KEY = "xai-fake-0c7e"
    PATHS: ClassVar[Mapping[str, str]] = {"/v1/chat/completions": "chat"}
    MODELS: ClassVar[Mapping[str, str]] = {"grok-4": "gpt-4o-mini"}
    CHAT = names(
        "frequency_penalty logprobs max_completion_tokens max_tokens messages model n "
        "parallel_tool_calls presence_penalty reasoning_effort response_format seed stop "
        "stream stream_options temperature tool_choice tools top_logprobs top_p user "
        "web_search_options"
    )
    OWN: ClassVar[Mapping[str, tuple[type, ...]]] = {
        "search_parameters": (dict,),
        "deferred": (bool,),
    }

    @classmethod
    def wrong_key(cls) -> ProviderError:
        message = "Incorrect API key provided: xa***ne."
        return ProviderError(400, message, {"code": _CODES[400], "error": message})

    @classmethod
    def error(cls, error: errors.APIError) -> ProviderError:
        body = {"code": _CODES.get(error.status, "Unknown error"), "error": str(error)}
        return ProviderError(error.status, str(error), body, error.headers)

    def check(self, operation: str, body: Value) -> None:
        # A model that reasons does not know them.
        for name in ("presence_penalty", "frequency_penalty", "stop"):
            if body.get(name) is not None:
                raise errors.APIError(400, f"Argument not supported on this model: {name}")

    def whole(self, value: Value, body: Value) -> Value:
        _count(value)
        return value

    def chunk(self, value: Value, body: Value, number: int) -> list[Value]:
        _count(value)
        return [value]


def _count(value: Value) -> None:
    usage = value.get("usage")
    if not usage:
        return
    reasoning = usage["completion_tokens_details"].get("reasoning_tokens", 0)
    usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"] + reasoning
    details = usage["prompt_tokens_details"]
    details |= {"text_tokens": usage["prompt_tokens"], "image_tokens": 0}
    usage["num_sources_used"] = 0

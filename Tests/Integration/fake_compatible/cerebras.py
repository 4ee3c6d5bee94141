# SPDX-License-Identifier: Apache-2.0
"""Cerebras: flat errors, parameters that it refuses, time_info."""

from collections.abc import Mapping
from typing import ClassVar

from fake_openai import errors
from fake_provider import ProviderError

from .provider import FakeCompatible, Value, names

_REFUSED = (
    "frequency_penalty",
    "logit_bias",
    "presence_penalty",
    "parallel_tool_calls",
    "service_tier",
)
_TIMES = {"queue_time": 0.001, "prompt_time": 0.002, "completion_time": 0.003, "total_time": 0.007}


class FakeCerebras(FakeCompatible):
    NAME = "cerebras"
    KEY = "csk-fake-2b61"
    PATHS: ClassVar[Mapping[str, str]] = {
        "/v1/chat/completions": "chat",
        "/v1/completions": "completions",
    }
    MODELS: ClassVar[Mapping[str, str]] = {
        "gpt-oss-120b": "gpt-4o-mini",
        "llama3.1-8b": "gpt-3.5-turbo-instruct",
    }
    CHAT = names(
        "logprobs max_completion_tokens max_tokens messages model reasoning_effort "
        "response_format seed stop stream stream_options temperature tool_choice tools "
        "top_logprobs top_p user"
    )
    OWN: ClassVar[Mapping[str, tuple[type, ...]]] = {
        "clear_thinking": (bool,),
        "reasoning_format": (str,),
    }
    IGNORES_UNKNOWN = False
    ROLES = ("developer", "system", "user", "assistant", "tool")

    @classmethod
    def wrong_key(cls) -> ProviderError:
        return _error(401, "Wrong API Key", "invalid_request_error", "api_key", "wrong_api_key")

    @classmethod
    def error(cls, error: errors.APIError) -> ProviderError:
        record = error.body["error"]
        code = record["code"] or "wrong_api_format"
        return _error(
            error.status, str(error), record["type"], record["param"], code, error.headers
        )

    def check(self, operation: str, body: Value) -> None:
        for name in _REFUSED:
            if name in body:
                raise errors.wrong_value(name, f"'{name}' is not supported")

    def whole(self, value: Value, body: Value) -> Value:
        return value | {"time_info": _TIMES}

    def chunk(self, value: Value, body: Value, number: int) -> list[Value]:
        return [value | {"time_info": _TIMES} if value.get("usage") else value]


def _error(
    status: int,
    message: str,
    type: str,
    param: str | None,
    code: str,
    headers: tuple[tuple[str, str], ...] = (),
) -> ProviderError:
    body = {"message": message, "type": type, "param": param, "code": code}
    return ProviderError(status, message, body, headers)

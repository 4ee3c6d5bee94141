# SPDX-License-Identifier: Apache-2.0
"""The official SDK, pointed at a route. It never retries: a retry hides a failure."""

from collections.abc import Iterable
from typing import Any

import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

# What a client sends as its own key; the upstream must never see it.
CLIENT_KEY = "client-key-of-no-value"


def client(base_url: str, test: str = "", key: str = CLIENT_KEY) -> openai.OpenAI:
    return openai.OpenAI(
        api_key=key, base_url=base_url, max_retries=0, timeout=20, default_headers={"x-test": test}
    )


def async_client(base_url: str, test: str = "", key: str = CLIENT_KEY) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        api_key=key, base_url=base_url, max_retries=0, timeout=20, default_headers={"x-test": test}
    )


def user(text: str = "Say numbers.") -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": text}]


def text_of(chunks: Iterable[ChatCompletionChunk]) -> str:
    """The content of choice 0, joined."""
    return "".join(
        choice.delta.content or ""
        for chunk in chunks
        for choice in chunk.choices
        if choice.index == 0
    )


def numbered(count: int) -> str:
    """What the fake says by default: `t0 t1 t2 …`."""
    return " ".join(f"t{number}" for number in range(count))


def usage_of(value: Any) -> tuple[int, int, int]:
    """Prompt, completion and total tokens of the SDK's usage or of a JSON record."""
    record = value if isinstance(value, dict) else value.model_dump()
    return record["prompt_tokens"], record["completion_tokens"], record["total_tokens"]

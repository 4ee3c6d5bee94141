# SPDX-License-Identifier: Apache-2.0
"""Cohere, by version 2 of its API and by version 1."""

from collections.abc import Mapping
from typing import Any

from fake_cohere import KEY, APIError, FakeCohere, errors
from fake_provider import ProviderError
from scenarios.case import (
    Details,
    Named,
    NotOffered,
    ProviderCase,
    Refused,
    Tokens,
    bearer,
)

VARIABLE = "SCENARIOS_COHERE"

_NO_REFUSALS = NotOffered("no member `refusal`")
_NO_TOOLS = Refused("tools need version 2 of Cohere's API")
_TOOLS = (
    "tools",
    "parallel-tools",
    "bare-tool",
    "tool-results",
    "tool-choice-required",
    "tool-choice-named",
    "tool-choice-none",
    "parallel-tools-off",
)
_IMAGE = Named("messages[0].content[1]")


def error(status: int) -> ProviderError:
    match status:
        case 400:
            return errors.invalid("message is too long")
        case 401:
            return errors.wrong_key()
        case 404:
            return errors.model_not_found("nobody")
        case 429:
            return errors.rate_limited()
        case 500:
            return errors.server_error()
    return APIError(status, f"It is {status}.")


def usage(reported: Mapping[str, Any]) -> Tokens:
    """What is billed: what Cohere adds on its own account is not."""
    billed = reported["billed_units"]
    prompt, completion = billed["input_tokens"], billed.get("output_tokens", 0)
    return prompt, completion, prompt + completion


def _case(name: str, title: str, **more: Any) -> ProviderCase:
    return ProviderCase(
        name=name,
        title=title,
        provider="cohere",
        model="command-a-plus-05-2026",
        fake=FakeCohere,
        error=error,
        auth=bearer(VARIABLE),
        environment={VARIABLE: f"Bearer {KEY}"},
        usage=usage,
        details=Details({"cached_tokens": 2}, cached=2),
        **more,
    )


def _named(*fields: str) -> dict[str, Named]:
    return {f"parameter-{name.replace('_', '-')}": Named(name) for name in fields}


COHERE = [
    _case(
        "cohere",
        "Cohere",
        completions="command",
        embeddings="embed-v4.0",
        paths={"chat": "/v2/chat", "completions": "/v1/generate", "embeddings": "/v2/embed"},
        # The head, the message, a block, the text.
        pieces_to_text=4,
        cells={
            **_named("user", "logit_bias", "n"),
            "parallel-tools-off": Named("parallel_tool_calls"),
            "safety": NotOffered("no such ending in version 2"),
            "refusal": _NO_REFUSALS,
        },
    ),
    _case(
        "cohere-v1",
        "Cohere (version 1)",
        embeddings="embed-multilingual-v3.0",
        paths={"chat": "/v1/chat", "embeddings": "/v1/embed"},
        cells={
            **_named("user", "logit_bias", "n", "reasoning_effort"),
            **{name: _NO_TOOLS for name in _TOOLS},
            "langchain-tools": _NO_TOOLS,
            "image-data": _IMAGE,
            "image-remote": _IMAGE,
            "refusal": _NO_REFUSALS,
        },
    ),
]

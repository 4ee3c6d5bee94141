# SPDX-License-Identifier: Apache-2.0
"""Anthropic, in both versions of its API that are in use."""

from collections.abc import Mapping
from typing import Any

from fake_anthropic import KEY, APIError, FakeAnthropic, errors
from fake_provider import ProviderError
from scenarios.case import Details, Named, NotOffered, ProviderCase, Tokens

VARIABLE = "SCENARIOS_ANTHROPIC"

_UNSUPPORTED = ("seed", "presence_penalty", "frequency_penalty", "logit_bias", "n")
_SAMPLING = ("temperature", "top_p", "top_k")


def error(status: int) -> ProviderError:
    match status:
        case 401:
            return errors.wrong_key()
        case 403:
            return errors.forbidden()
        case 404:
            return errors.model_not_found("nobody")
        case 429:
            return errors.rate_limited()
        case 500:
            return errors.internal()
        case 503:
            return errors.unavailable()
        case 529:
            return errors.overloaded()
    return APIError(status, "colour: Extra inputs are not permitted")


def usage(reported: Mapping[str, Any]) -> Tokens:
    """What was read from a cache or written to one is part of the prompt."""
    prompt = (
        reported["input_tokens"]
        + reported["cache_read_input_tokens"]
        + reported["cache_creation_input_tokens"]
    )
    completion = reported["output_tokens"]
    return prompt, completion, prompt + completion


def _case(name: str, title: str, model: str, version: str, *unsupported: str) -> ProviderCase:
    return ProviderCase(
        name=name,
        title=title,
        provider="anthropic",
        model=model,
        completions=model,
        fake=FakeAnthropic,
        error=error,
        paths={"chat": "/v1/messages", "completions": "/v1/messages"},
        auth={"header_name": "x-api-key", "header_value": f"{{vault://env/{VARIABLE}}}"},
        environment={VARIABLE: KEY},
        options={"anthropic_version": version},
        cells={
            **{f"parameter-{field.replace('_', '-')}": Named(field) for field in unsupported},
            # The model is asked for JSON in words, which are no guarantee.
            "json-mode": Named("response_format"),
            "langchain-embeddings": NotOffered(),
        },
        length={"finish_reason": "max_tokens"},
        safety={"finish_reason": "refusal"},
        details=Details(
            {"cache_read_input_tokens": 2, "output_tokens_details": {"thinking_tokens": 3}},
            cached=2,
            reasoning=3,
        ),
        usage=usage,
        # The head, the message, a block, a ping, the text.
        pieces_to_text=5,
    )


ANTHROPIC = [
    _case("anthropic", "Anthropic (2023-06-01)", "claude-sonnet-4-6", "2023-06-01", *_UNSUPPORTED),
    _case(
        "anthropic-new",
        "Anthropic (2026-10-21)",
        "claude-sonnet-5-5",
        "2026-10-21",
        *_UNSUPPORTED,
        *_SAMPLING,
    ),
]

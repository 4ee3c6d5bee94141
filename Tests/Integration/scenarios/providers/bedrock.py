# SPDX-License-Identifier: Apache-2.0
"""Amazon Bedrock: Converse, and Cohere's model for embeddings."""

from collections.abc import Mapping
from typing import Any

from fake_bedrock import ACCESS_KEY, CLAUDE, COHERE_EMBED, REGION, SECRET_KEY, FakeBedrock, errors
from fake_provider import ProviderError
from scenarios.case import Details, Named, NotOffered, ProviderCase, Tokens

ACCESS = "SCENARIOS_BEDROCK_ACCESS"
SECRET = "SCENARIOS_BEDROCK_SECRET"


def _error(status: int) -> ProviderError:
    match status:
        case 400:
            return errors.invalid("The provided model identifier is invalid.")
        case 403:
            return errors.access_denied()
        case 404:
            return errors.APIError("ResourceNotFoundException", "The resource was not found.")
        case 429:
            return errors.throttled()
        case 500:
            return errors.server_error()
        case 503:
            return errors.unavailable()
    # What the service never says, something before it may.
    return ProviderError(status, f"It is {status}.", {"message": f"It is {status}."})


def _usage(reported: Mapping[str, Any]) -> Tokens:
    """The tokens of a prompt that come from a cache, or go into one, are counted apart."""
    cached = reported.get("cacheReadInputTokens", 0) + reported.get("cacheWriteInputTokens", 0)
    prompt = reported["inputTokens"] + cached
    return prompt, reported.get("outputTokens", 0), reported.get("totalTokens", prompt)


BEDROCK = ProviderCase(
    name="bedrock",
    title="Bedrock",
    provider="bedrock",
    model=CLAUDE,
    completions=CLAUDE,
    embeddings=COHERE_EMBED,
    fake=FakeBedrock,
    error=_error,
    # Nothing behind the host: the path follows the model and the mode.
    paths={"chat": "/", "completions": "/", "embeddings": "/"},
    auth={
        "aws_access_key_id": f"{{vault://env/{ACCESS}}}",
        "aws_secret_access_key": f"{{vault://env/{SECRET}}}",
    },
    environment={ACCESS: ACCESS_KEY, SECRET: SECRET_KEY},
    options={"bedrock": {"aws_region": REGION}},
    details=Details({"cacheReadInputTokens": 2, "cacheWriteInputTokens": 3}, cached=2),
    usage=_usage,
    cells={
        "parameter-seed": Named("seed"),
        "parameter-user": Named("user"),
        "parameter-presence-penalty": Named("presence_penalty"),
        "parameter-frequency-penalty": Named("frequency_penalty"),
        "parameter-logit-bias": Named("logit_bias"),
        "parameter-n": Named("n"),
        "parallel-tools-off": Named("parallel_tool_calls"),
        "image-remote": Named("messages[0].content[1]"),
        "json-mode": Named("response_format"),
        "refusal": NotOffered("no member `refusal`"),
    },
)

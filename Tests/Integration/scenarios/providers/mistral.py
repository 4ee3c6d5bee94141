# SPDX-License-Identifier: Apache-2.0
"""Mistral's own API."""

from fake_mistral import KEY, APIError, FakeMistral, errors
from fake_provider import ProviderError
from scenarios.case import Details, Named, NotOffered, ProviderCase, bearer

VARIABLE = "SCENARIOS_MISTRAL"


def error(status: int) -> ProviderError:
    match status:
        case 400:
            return errors.order("Unexpected role 'user' after role 'tool'")
        case 401:
            return errors.unauthorized()
        case 404:
            return errors.unknown_url()
        case 429:
            return errors.rate_limited()
        case 500:
            return errors.server_error()
    return APIError(status, f"It is {status}.")


MISTRAL = ProviderCase(
    name="mistral",
    title="Mistral",
    provider="mistral",
    model="mistral-small-latest",
    completions="mistral-small-latest",
    embeddings="mistral-embed",
    fake=FakeMistral,
    error=error,
    paths={
        "chat": "/v1/chat/completions",
        "completions": "/v1/chat/completions",
        "embeddings": "/v1/embeddings",
    },
    auth=bearer(VARIABLE),
    environment={VARIABLE: f"Bearer {KEY}"},
    options={"mistral_format": "openai"},
    details=Details({"prompt_tokens_details": {"cached_tokens": 2}}, cached=2),
    cells={
        "parameter-user": Named("user"),
        "parameter-logit-bias": Named("logit_bias"),
        "safety": NotOffered("no such ending"),
        "refusal": NotOffered("no member `refusal`"),
    },
)

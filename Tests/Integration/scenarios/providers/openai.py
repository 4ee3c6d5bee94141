# SPDX-License-Identifier: Apache-2.0
"""OpenAI itself."""

from collections.abc import Callable

from fake_compatible import FakeCompatible
from fake_openai import KEY, APIError, FakeOpenAI, errors
from fake_provider import ProviderError
from scenarios.case import Named, ProviderCase, bearer

VARIABLE = "SCENARIOS_OPENAI"
PATHS = {
    "chat": "/v1/chat/completions",
    "completions": "/v1/completions",
    "embeddings": "/v1/embeddings",
}


def error(status: int) -> ProviderError:
    """What OpenAI answers with a status; its accents are put on by the fakes of others."""
    match status:
        case 401:
            return errors.wrong_key("sk-of-the-gateway")
        case 404:
            return errors.model_not_found("nobody")
        case 429:
            return errors.rate_limited()
        case 400:
            return errors.unknown_parameter("colour")
        case 500:
            return errors.server_error()
    return APIError(status, f"It is {status}.", type="server_error" if status > 499 else "denied")


def errors_of(fake: type[FakeCompatible]) -> Callable[[int], ProviderError]:
    """The same in the accent of another."""

    def of(status: int) -> ProviderError:
        made = error(status)
        if status == 401:
            made = fake.wrong_key()
            if made.status != 401:
                return ProviderError(401, str(made), made.body)
            return made
        assert isinstance(made, APIError)
        spoken = fake.error(made)
        return (
            spoken if spoken.status == status else ProviderError(status, str(spoken), spoken.body)
        )

    return of


OPENAI = ProviderCase(
    name="openai",
    title="OpenAI",
    provider="openai",
    model="gpt-4o-mini",
    completions="gpt-3.5-turbo-instruct",
    embeddings="text-embedding-3-small",
    fake=FakeOpenAI,
    error=error,
    paths=PATHS,
    auth=bearer(VARIABLE),
    environment={VARIABLE: f"Bearer {KEY}"},
    cells={"parameter-top-k": Named("top_k")},
)

# SPDX-License-Identifier: Apache-2.0
"""One column of the table: a provider, how it is configured, and where it cannot follow OpenAI."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_provider import FakeProvider, ProviderError

Tokens = tuple[int, int, int]


@dataclass(frozen=True)
class Works:
    """The client gets what it gets from OpenAI."""


@dataclass(frozen=True)
class Named:
    """The request goes on without this: the answer's header and the log name what was lost."""

    fields: tuple[str, ...]

    def __init__(self, *fields: str) -> None:
        object.__setattr__(self, "fields", fields)


@dataclass(frozen=True)
class Refused:
    """The client gets an error that says why: by the gateway, or by the provider."""

    # What the error says, and what the document says.
    text: str
    status: int = 400


@dataclass(frozen=True)
class NotOffered:
    """The provider has nothing of the kind."""

    reason: str = ""


Cell = Works | Named | Refused | NotOffered
WORKS = Works()
NOT_OFFERED = NotOffered()


def openai_usage(reported: Mapping[str, Any]) -> Tokens:
    """Prompt, completion and total of a usage record that a fake reported, in OpenAI's names."""
    prompt = reported["prompt_tokens"]
    completion = reported.get("completion_tokens", 0)
    return prompt, completion, reported.get("total_tokens", prompt + completion)


@dataclass(frozen=True)
class Details:
    """A usage with details: what the fake is told to report, and what clients are to read."""

    plan: Mapping[str, Any]
    cached: int | None = None
    reasoning: int | None = None


OPENAI_DETAILS = Details(
    {
        "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 3},
    },
    cached=2,
    reasoning=3,
)


@dataclass(frozen=True)
class ProviderCase:
    # In the ids of tests, in the paths of routes, in the document.
    name: str
    title: str
    # `model.provider`, and the model of chats.
    provider: str
    model: str
    fake: Callable[[], FakeProvider]
    # What the provider answers with a status, in its own shape.
    error: Callable[[int], ProviderError]
    # By operation: the path that is put behind the fake's address as `upstream_url`.
    paths: Mapping[str, str]
    # The record `auth`, and the environment that its references name.
    auth: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)
    # More of `model.options`.
    options: Mapping[str, Any] = field(default_factory=dict)
    # Models of the other operations; None: the provider has no such API.
    completions: str | None = None
    embeddings: str | None = None

    # Where it cannot follow, by the scenario's name. Everything else works.
    cells: Mapping[str, Cell] = field(default_factory=dict)

    # Plans for answers that end otherwise.
    length: Mapping[str, Any] = field(default_factory=lambda: {"finish_reason": "length"})
    safety: Mapping[str, Any] = field(default_factory=lambda: {"finish_reason": "content_filter"})
    details: Details = OPENAI_DETAILS
    # From what the fake says it reported to prompt, completion and total in OpenAI's sense.
    usage: Callable[[Mapping[str, Any]], Tokens] = openai_usage
    # Whether calls of tools have ids of the provider's.
    gives_call_ids: bool = True
    # Permits of a gate until the first text is out: the head, then events.
    pieces_to_text: int = 3

    def model_of(self, operation: str) -> str | None:
        models = {"completions": self.completions, "embeddings": self.embeddings}
        return models.get(operation, self.model)


def bearer(variable: str) -> dict[str, Any]:
    """Where the provider wants its key as OpenAI does. The variable holds the whole value."""
    return {"header_name": "Authorization", "header_value": f"{{vault://env/{variable}}}"}

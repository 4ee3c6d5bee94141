# SPDX-License-Identifier: Apache-2.0
"""What a scenario has in its hands: the official SDK at a route, and the fake behind it."""

from dataclasses import dataclass
from typing import Any, TypeVar

import openai
from openai.types import Completion, CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from fake_provider import FakeProvider, Received
from harness import Gateway, LogFile
from harness.sdk import client, usage_of, user

from .case import ProviderCase, Tokens
from .put_together import Whole, put_together

Value = TypeVar("Value", ChatCompletion, Completion, CreateEmbeddingResponse)

HEADER = "x-patchbay-unsupported"


class Lost(Exception):
    """The gateway names what the provider could not be given."""


@dataclass
class Bench:
    case: ProviderCase
    gateway: Gateway
    fake: FakeProvider
    log: LogFile
    # Marks the requests of this test in the log.
    test: str

    # MARK: - Asking

    @property
    def base_url(self) -> str:
        return f"{self.gateway.url}/{self.case.name}"

    @property
    def sdk(self) -> openai.OpenAI:
        return client(self.base_url, self.test)

    def chat(self, **ask: Any) -> ChatCompletion:
        """A whole answer, checked to the last member.

        Raises Lost if its header says that something did not get through.
        """
        raw = self.sdk.chat.completions.with_raw_response.create(**self._ask(ask))
        lost = raw.headers.get(HEADER)
        if lost:
            raise Lost(lost)
        answer: ChatCompletion = raw.parse()
        return strict(answer)

    def chunks(self, asks_for_usage: bool = True, **ask: Any) -> list[ChatCompletionChunk]:
        """The chunks of a stream, each checked."""
        if asks_for_usage:
            ask["stream_options"] = {"include_usage": True}
        with self.sdk.chat.completions.create(stream=True, **self._ask(ask)) as stream:
            return [strict_chunk(chunk) for chunk in stream]

    def streamed(self, **ask: Any) -> Whole:
        return put_together(self.chunks(**ask))

    def both(self, plan: dict[str, Any], **ask: Any) -> Whole:
        """Asks plain and streamed, finds that both say the same, and gives that."""
        self.fake.plan(**plan)
        plain = Whole.of(self.chat(**ask))
        self.fake.plan(**plan)
        streamed = self.streamed(**ask)
        assert streamed == plain
        if self.case.gives_call_ids:
            assert [call.id for call in streamed.calls] == [call.id for call in plain.calls]
        return plain

    def _ask(self, ask: dict[str, Any]) -> dict[str, Any]:
        return {"model": self.case.model, "messages": user()} | ask

    # MARK: - What the provider saw and said

    @property
    def sent(self) -> Received:
        """The request that reached the provider."""
        return self.fake.last

    def reached(self, *texts: str) -> None:
        """Each text is in the body that the provider got."""
        body = self.sent.body.decode()
        for text in texts:
            assert text in body, f"{text!r} did not reach the provider: {body}"

    @property
    def reported(self) -> Tokens:
        """What the provider says the last answer used."""
        assert self.fake.last.usage is not None, "the fake reported no usage"
        return self.case.usage(self.fake.last.usage)

    # MARK: - What was logged

    def logged(self, number: int = 0) -> Any:
        """The log's block about an answer of this test."""
        return self.log.entries(self.test, number + 1)[number]["ai"]["proxy"]

    def logged_usage(self, number: int = 0) -> Tokens:
        return usage_of(self.logged(number)["usage"])


def strict(value: Value) -> Value:
    """The answer is one to a client that checks it: the SDK itself takes anything."""
    type(value).model_validate(value.model_dump(warnings="error"))
    if isinstance(value, ChatCompletion | Completion):
        assert value.id and value.created and value.model
        assert [choice.index for choice in value.choices] == list(range(len(value.choices)))
    return value


def strict_chunk(chunk: ChatCompletionChunk) -> ChatCompletionChunk:
    # Azure's first chunk tells of its filters and is empty otherwise.
    if not (chunk.model_extra or {}).get("prompt_filter_results"):
        ChatCompletionChunk.model_validate(chunk.model_dump(warnings="error"))
        assert chunk.id and chunk.created and chunk.model
    return chunk

# SPDX-License-Identifier: Apache-2.0
"""OpenAI's API as others speak it: what a provider changes is a method or a table of its fake."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from fake_openai import chat, completions, embeddings, errors, parameters
from fake_openai.routes import read_body
from fake_provider import Answer, FakeProvider, Plan, ProviderError, Received, answer

Value = dict[str, Any]

_OPERATIONS = {
    "chat": (parameters.CHAT, lambda body, plan: chat.respond(body, plan)),
    "completions": (parameters.COMPLETIONS, lambda body, plan: completions.respond(body, plan)),
    "embeddings": (parameters.EMBEDDINGS, lambda body, plan: embeddings.respond(body)),
}
ROLES = ("system", "user", "assistant", "tool")


class FakeCompatible(FakeProvider):
    """The answer is made by the fake of OpenAI and then given the provider's accent."""

    NAME: ClassVar[str]
    KEY: ClassVar[str]
    # The operation of each path.
    PATHS: ClassVar[Mapping[str, str]]
    # Each model, and the one of OpenAI's whose rules it has.
    MODELS: ClassVar[Mapping[str, str]]
    # Parameters of a chat that the provider knows; None: all of OpenAI's.
    CHAT: ClassVar[frozenset[str] | None] = None
    # Parameters that OpenAI does not know.
    OWN: ClassVar[Mapping[str, tuple[type, ...]]] = {}
    # Whether an unknown parameter is disregarded, as most do, or refused.
    IGNORES_UNKNOWN: ClassVar[bool] = True
    ROLES: ClassVar[tuple[str, ...]] = ROLES
    HEADERS: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self) -> None:
        super().__init__(f"fake-{self.NAME}")
        self.key = self.KEY

    # MARK: - What a provider changes

    def check_key(self, request: Received) -> None:
        scheme, _, given = (request.header("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or given != self.key:
            raise self.wrong_key()

    @classmethod
    def wrong_key(cls) -> ProviderError:
        return errors.APIError(401, "Incorrect API key provided.", code="invalid_api_key")

    @classmethod
    def error(cls, error: errors.APIError) -> ProviderError:
        """One of OpenAI's errors in the provider's words."""
        return error

    def operation(self, request: Received) -> str:
        operation = self.PATHS.get(request.path)
        if request.method != "POST" or operation is None:
            raise errors.unknown_url(request.method, request.path)
        return operation

    def check(self, operation: str, body: Value) -> None:
        """What the provider refuses and OpenAI does not."""

    def whole(self, value: Value, body: Value) -> Value:
        """An answer."""
        return value

    def chunk(self, value: Value, body: Value, number: int) -> list[Value]:
        """An event of a stream: the values that are sent in its place."""
        return [value]

    def leading(self, body: Value) -> list[bytes]:
        """Events in front of a stream."""
        return []

    # MARK: - From a request to an answer

    def respond(self, request: Received, plan: Plan) -> Answer:
        try:
            self.check_key(request)
            if plan.error is not None:
                raise plan.error
            operation = self.operation(request)
            result = self._answer(operation, self.body(request), plan)
        except errors.APIError as error:
            result = answer.of_error(self.error(error))
        except ProviderError as error:
            result = answer.of_error(error)
        result.finish(request, plan, self.HEADERS)
        return result

    def body(self, request: Received) -> Value:
        return read_body(request)

    def _answer(self, operation: str, body: Value, plan: Plan) -> Answer:
        self.check(operation, body)
        made = _OPERATIONS[operation][1](self._as_openai(operation, body), plan)
        if not made.is_stream:
            made.pieces = answer.of_json(
                self.whole(self._renamed(json.loads(made.body), body), body)
            ).pieces
            return made
        pieces = self.leading(body)
        for number, piece in enumerate(made.pieces):
            pieces += self._chunk(piece, body, number, plan)
        made.pieces = pieces
        return made

    def _chunk(self, piece: bytes, body: Value, number: int, plan: Plan) -> list[bytes]:
        text = piece.removeprefix(b"data: ")
        if text.startswith(b"[DONE]"):
            return [piece]
        value = json.loads(text)
        if "error" in value:
            values = [self.error(errors.server_error()).body]
        else:
            value.pop("obfuscation", None)
            values = self.chunk(self._renamed(value, body), body, number)
        return [answer.event(one, plan.line_ending) for one in values]

    def _renamed(self, value: Value, body: Value) -> Value:
        value.pop("service_tier", None)
        return value | {"model": body["model"]}

    def _as_openai(self, operation: str, body: Value) -> Value:
        """The request without what is the provider's own, for a model of OpenAI's."""
        table = _OPERATIONS[operation][0]
        known = table.keys() if operation != "chat" or self.CHAT is None else self.CHAT
        sent: Value = {}
        for name, value in body.items():
            if name in self.OWN:
                _check_type(name, value, self.OWN[name])
            elif name in known:
                sent[name] = value
            elif not self.IGNORES_UNKNOWN:
                raise errors.unknown_parameter(name)
        model = sent.get("model")
        if not isinstance(model, str) or model not in self.MODELS:
            raise errors.model_not_found(str(model))
        for index, message in enumerate(body.get("messages") or []):
            if message.get("role") not in self.ROLES:
                raise errors.wrong_value(
                    f"messages[{index}].role", f"unknown variant `{message.get('role')}`"
                )
        return sent | {"model": self.MODELS[model]}


def _check_type(name: str, value: Any, expected: tuple[type, ...]) -> None:
    if value is not None and not isinstance(value, expected):
        raise errors.wrong_type(name, expected[0].__name__, type(value).__name__)


def with_usage(body: Value) -> Value:
    """A streamed request whose answer is made with usage, for who sends it unasked."""
    return body | {"stream_options": {"include_usage": True}} if body.get("stream") else body


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())

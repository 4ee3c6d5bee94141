# SPDX-License-Identifier: Apache-2.0
"""From a request to an answer: the key, the path, the model, then the endpoint."""

import json
from typing import Any

from fake_provider import Answer, FakeProvider, Plan, ProviderError, Received, answer

from . import chat, embed, errors, generate, models

KEY = "ollama-fake-6d1c0b7e5a934f28"


class FakeOllama(FakeProvider):
    """A server behind a proxy that wants a key, as Ollama's own cloud does."""

    def __init__(self, key: str = KEY, gives_ids: bool = False) -> None:
        super().__init__("fake-ollama")
        self.key = key
        # Newer servers give tool calls an id and an index.
        self.gives_ids = gives_ids

    def respond(self, request: Received, plan: Plan) -> Answer:
        try:
            if request.header("authorization") != f"Bearer {self.key}":
                raise errors.unauthorized()
            if plan.error is not None:
                raise plan.error
            result = self._endpoint(request, plan)
        except ProviderError as error:
            result = answer.of_error(error)
        result.finish(request, plan)
        return result

    def _endpoint(self, request: Received, plan: Plan) -> Answer:
        if request.path not in ("/api/chat", "/api/generate", "/api/embed"):
            return Answer(404, [("Content-Type", "text/plain")], [b"404 page not found"])
        if request.method != "POST":
            return Answer(405, [("Content-Type", "text/plain")], [b"405 method not allowed"])
        body = _body(request)
        if request.path == "/api/chat":
            return chat.respond(body, plan, self.gives_ids)
        if request.path == "/api/generate":
            return generate.respond(body, plan)
        return embed.respond(body)


def _body(request: Received) -> dict[str, Any]:
    if not request.body:
        raise errors.APIError(400, "missing request body")
    try:
        value = json.loads(request.body.decode("utf-8", "strict"))
    except ValueError as problem:
        raise errors.APIError(400, f"invalid character: {problem}") from problem
    if not isinstance(value, dict):
        raise errors.wrong_type("array", "request", "api.ChatRequest")
    model = value.get("model")
    if not model:
        raise errors.no_model()
    if isinstance(model, str) and models.base(model) not in models.CAPABILITIES:
        raise errors.model_not_found(model)
    return value

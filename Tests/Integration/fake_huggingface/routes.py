# SPDX-License-Identifier: Apache-2.0
"""From a request to an answer: the key, the path, then the endpoint."""

import json
from typing import Any

from fake_provider import Answer, FakeProvider, Plan, ProviderError, Received, answer

from . import chat, embeddings, errors, generation, models

KEY = "hf_fake_9a8b7c6d5e4f3a2b1c0d"
_MODELS = "/hf-inference/models/"
_FEATURES = "/pipeline/feature-extraction"


class FakeHuggingFace(FakeProvider):
    """The router and the servers at one address: their paths do not meet."""

    def __init__(self, key: str = KEY) -> None:
        super().__init__("fake-huggingface")
        self.key = key
        # Whether `/v1/chat/completions` is a server's, and not the router's.
        self.is_server = False
        self.has_space = False

    def reset(self) -> None:
        super().reset()
        self.is_server = False
        self.has_space = False

    def respond(self, request: Received, plan: Plan) -> Answer:
        try:
            if request.header("authorization") != f"Bearer {self.key}":
                raise errors.wrong_key()
            if plan.error is not None:
                raise plan.error
            result = self._endpoint(request, plan)
        except ProviderError as error:
            result = answer.of_error(error)
        result.finish(request, plan, [("x-request-id", "fake-1")])
        return result

    def _endpoint(self, request: Received, plan: Plan) -> Answer:
        path = request.path
        if request.method != "POST":
            raise errors.no_such_path(path)
        body = _body(request)
        streams = body.get("stream") is True
        if path.startswith(_MODELS):
            return self._model(path.removeprefix(_MODELS), body, plan)
        if path == "/v1/chat/completions":
            return chat.respond(body, plan, self.is_server, self.has_space)
        if path == "/v1/completions":
            return chat.completion(body, plan, self.has_space)
        if path == "/":
            return generation.respond(body, plan, streams, True, self.has_space)
        if path in ("/generate", "/generate_stream"):
            return generation.respond(body, plan, path == "/generate_stream", False, self.has_space)
        if path == "/embed":
            return embeddings.extract(body, 384, False)
        if path == "/v1/embeddings":
            return embeddings.openai(body, 384)
        raise errors.no_such_path(path)

    def _model(self, rest: str, body: dict[str, Any], plan: Plan) -> Answer:
        """Hugging Face's own inference, behind the router."""
        if rest.endswith(_FEATURES):
            model = rest.removesuffix(_FEATURES)
            if model in models.TOKEN_FEATURES:
                return embeddings.extract(body, 16, True)
            if model in models.EMBEDDINGS:
                return embeddings.extract(body, models.EMBEDDINGS[model], False)
            raise errors.APIError(404, f"Model {model} does not exist")
        if rest.endswith("/v1/chat/completions"):
            return chat.respond(body, plan, True, self.has_space)
        if rest not in models.GENERATION:
            raise errors.APIError(404, f"Model {rest} does not exist")
        streams = body.get("stream") is True
        return generation.respond(body, plan, streams, True, self.has_space)


def _body(request: Received) -> dict[str, Any]:
    kind = request.media_type
    if kind != "application/json":
        raise errors.APIError(415, "Expected request with `Content-Type: application/json`")
    try:
        value = json.loads(request.body.decode("utf-8", "strict"))
    except ValueError as problem:
        raise errors.APIError(
            400, f"Failed to parse the request body as JSON: {problem}"
        ) from problem
    if not isinstance(value, dict):
        raise errors.not_understood("invalid type: expected struct")
    return value

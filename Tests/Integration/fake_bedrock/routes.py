# SPDX-License-Identifier: Apache-2.0
"""From a request to an answer: who calls, the path, the content type, then the operation."""

import json
import re
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from fake_provider import Answer, FakeProvider, Plan, ProviderError, Received

from . import converse, invoke, shapes
from .errors import APIError
from .signature import Identity, check

ACCESS_KEY = "AKIAFAKE7EXAMPLE0000"
SECRET_KEY = "fAkE/secret+Key9f8e7d6c5b4a39281706f5e4d3"
REGION = "us-east-1"
# A key of Bedrock's own, which is sent as a bearer token in place of a signature.
API_KEY = "bedrock-api-key-fake-0f1e2d3c4b5a"

_PATH = re.compile(r"/model/([^/]+)/(converse|converse-stream|invoke)")
_OPERATIONS = {
    "converse": "Converse",
    "converse-stream": "ConverseStream",
    "invoke": "InvokeModel",
}


class FakeBedrock(FakeProvider):
    def __init__(
        self,
        *,
        session_token: str | None = None,
        region: str = REGION,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__("fake-bedrock", tls)
        own = Identity(ACCESS_KEY, SECRET_KEY, session_token, region)
        # Who may call; a test may have others.
        self.identities: Callable[[], list[Identity]] = lambda: [own]
        self.exceptions = converse.Exceptions()

    def breaks_streams_with(self, message: bytes) -> None:
        """What comes at a plan's `error_event_after`, until `reset`."""
        self.exceptions = converse.Exceptions(message)

    def reset(self) -> None:
        super().reset()
        self.exceptions = converse.Exceptions()

    def respond(self, request: Received, plan: Plan) -> Answer:
        try:
            self._check_caller(request)
            if plan.error is not None:
                raise plan.error
            result = self._operation(request, plan)
        except ProviderError as error:
            text = json.dumps(error.body).encode()
            headers = [("Content-Type", "application/json"), *error.headers]
            result = Answer(error.status, headers, [text])
        result.finish(request, plan, [("x-amzn-RequestId", "0b9c1d2e-fake-4a5b-8c7d-6e5f4a3b2c1d")])
        return result

    def _check_caller(self, request: Received) -> None:
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        if scheme != "Bearer":
            check(request, self.identities(), "https" if self._tls else "http")
        elif token != API_KEY:
            raise APIError(
                "AccessDeniedException",
                "Authentication failed: Please make sure your API Key is valid.",
            )

    def _operation(self, request: Received, plan: Plan) -> Answer:
        path = _PATH.fullmatch(request.path)
        if request.method != "POST" or path is None:
            raise APIError("UnknownOperationException", "Unknown operation")
        model = unquote(path.group(1))
        body = _body(request, path.group(2))
        shapes.check_model_id(_OPERATIONS[path.group(2)], model)
        match path.group(2):
            case "converse":
                return converse.respond(model, body, plan, None)
            case "converse-stream":
                return converse.respond(model, body, plan, self.exceptions)
            case _:
                return invoke.respond(model, body)


def _body(request: Received, operation: str) -> dict[str, Any]:
    kind = request.media_type
    # The body of an invocation is the model's, and JSON unless it is said to be something else.
    if kind != "application/json" and (kind or operation != "invoke"):
        raise APIError("SerializationException", f"Unexpected content type: '{kind}'")
    try:
        value = request.strict_json()
    except ValueError as problem:
        raise APIError("SerializationException", f"The body is no JSON: {problem}") from problem
    if not isinstance(value, dict):
        raise APIError("SerializationException", "The body is no JSON object")
    return value

# SPDX-License-Identifier: Apache-2.0
"""From a request to an answer: the path and its version, who calls, then the body, member by member."""

import json
import re
from collections.abc import Callable
from typing import Any

from fake_cloud.server import FakeServer, Reply, Request

from . import rating

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
VERSIONS = ("2023-10-01", "2024-09-01")
LIMIT = 10_000

_MEMBERS = {"text", "categories", "blocklistNames", "haltOnBlocklistHit", "outputType"}
_LIST_NAME = re.compile(r"[0-9A-Za-z._~-]{1,64}")


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.reply = Reply.json({"error": {"code": code, "message": message}}, status)


class FakeContentSafety(FakeServer):
    def __init__(self, key: str = KEY) -> None:
        super().__init__()
        self.key = key
        # Whether a token of Entra ID is taken.
        self.accepts: Callable[[str], bool] = lambda token: False

    @property
    def texts(self) -> list[str]:
        """What was looked at."""
        return [json.loads(request.body)["text"] for request in self.requests]

    def reply(self, request: Request) -> Reply:
        try:
            self._check_place(request)
            self._check_caller(request)
            return super().reply(request)
        except Refusal as refusal:
            return refusal.reply

    def answer(self, request: Request) -> Reply:
        return Reply.json(_analyse(_body(request)))

    def _check_place(self, request: Request) -> None:
        if request.path != "/contentsafety/text:analyze" or request.method != "POST":
            raise Refusal(404, "404", "Resource not found")
        if request.query.get("api-version") not in VERSIONS:
            raise Refusal(404, "404", "Resource not found")

    def _check_caller(self, request: Request) -> None:
        key = request.header("ocp-apim-subscription-key")
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        if key is not None and not scheme:
            good = key == self.key
        else:
            good = key is None and scheme == "Bearer" and self.accepts(token)
        if not good:
            raise Refusal(
                401,
                "401",
                "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a "
                "valid key for an active subscription and use a correct regional API endpoint for your resource.",
            )


def _body(request: Request) -> dict[str, Any]:
    if (request.header("content-type") or "").partition(";")[0] != "application/json":
        raise Refusal(415, "UnsupportedMediaType", "The content type is not application/json")
    try:
        body = json.loads(request.body.decode("utf-8", "strict"))
    except ValueError as problem:
        raise _invalid(f"The body is no JSON: {problem}") from problem
    if not isinstance(body, dict) or not body.keys() <= _MEMBERS:
        raise _invalid("The body has members that are not known")
    return body


def _analyse(body: dict[str, Any]) -> dict[str, Any]:
    text = body.get("text")
    if not isinstance(text, str) or not text:
        raise _invalid("The text field is required")
    if len(text) > LIMIT:
        raise _invalid(f"The text has more than {LIMIT} code points")
    categories = _strings(body, "categories") or list(rating.CATEGORIES)
    if not set(categories) <= set(rating.CATEGORIES):
        raise _invalid("A category is not known")
    lists = _strings(body, "blocklistNames")
    for name in lists:
        if not _LIST_NAME.fullmatch(name):
            raise _invalid("The name of a blocklist is none")
        if name not in rating.BLOCKLISTS:
            raise Refusal(404, "NotFound", f"The blocklist {name} is not there")
    kind = body.get("outputType", "FourSeverityLevels")
    if kind not in ("FourSeverityLevels", "EightSeverityLevels"):
        raise _invalid("The output type is not known")
    halts = body.get("haltOnBlocklistHit", False)
    if not isinstance(halts, bool):
        raise _invalid("haltOnBlocklistHit is no truth value")
    matches = rating.matches(text, lists)
    ratings = [] if halts and matches else rating.severities(text, categories, kind)
    return {"blocklistsMatch": matches, "categoriesAnalysis": ratings}


def _strings(body: dict[str, Any], name: str) -> list[str]:
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _invalid(f"{name} is no list of texts")
    return value


def _invalid(message: str) -> Refusal:
    return Refusal(400, "InvalidRequestBody", message)

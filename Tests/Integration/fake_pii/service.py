# SPDX-License-Identifier: Apache-2.0
"""From a request to an answer. Whatever is wrong with a request, the service answers with 400."""

import json
from typing import Any

from fake_cloud.server import FakeServer, Reply, Request

from .finding import NAMES, Findings

__all__ = ["NAMES", "FakePII"]

# `domain` is in the schema of Kong's plugin; the service does not know it.
CATEGORIES = {
    *("general", "phone", "email", "creditcard", "crypto", "date", "ip", "nrp", "ssn", "url"),
    *("medical", "driverlicense", "passport", "bank", "nationalid", "custom", "credentials"),
}
_ALL = CATEGORIES - {"credentials"}


class Refusal(Exception):
    pass


class FakePII(FakeServer):
    @property
    def texts(self) -> list[str]:
        """All that it was shown."""
        bodies = [json.loads(request.body) for request in self.requests]
        return [message["text"] for body in bodies for message in body["text"]]

    def answer(self, request: Request) -> Reply:
        try:
            if request.method != "POST":
                return Reply.json({"error": "405 Method Not Allowed"}, 405)
            if request.path == "/llm/v1/sanitize":
                return Reply.json(_answer(_body(request), _findings(_body(request))))
            if request.path == "/llm/v1/sanitize_credentials":
                return Reply.json(
                    _answer(_body(request), Findings({"credentials"}, "placeholder", []))
                )
            return Reply.json({"error": "404 Not Found"}, 404)
        except Refusal as refusal:
            return Reply.json({"error": str(refusal)}, 400)


def _body(request: Request) -> dict[str, Any]:
    if request.header("content-type") != "application/json":
        raise Refusal("Did not attempt to load JSON data")
    try:
        body = json.loads(request.body.decode("utf-8", "strict"))
    except ValueError as problem:
        raise Refusal("The request is no JSON") from problem
    if not isinstance(body, dict):
        raise Refusal("Invalid request body")
    return body


def _findings(body: dict[str, Any]) -> Findings:
    asked = body.get("anonymize")
    if not isinstance(asked, list) or not asked:
        raise Refusal("No valid `anonymize` found")
    wanted: set[str] = set()
    for name in asked:
        if name not in CATEGORIES | {"all", "all_and_credentials"}:
            raise Refusal("Invalid item found in `anonymize`")
        groups = {"all": _ALL, "all_and_credentials": CATEGORIES}
        wanted |= groups.get(name, {name})
    options = body.get("options")
    if not isinstance(options, dict):
        raise Refusal("No valid `options` found")
    if options.get("redact_type") not in ("placeholder", "synthetic"):
        raise Refusal("No valid `redact_type` found")
    return Findings(wanted, options["redact_type"], _custom(body))


def _custom(body: dict[str, Any]) -> list[dict[str, Any]]:
    patterns = body.get("custom_patterns", [])
    if not isinstance(patterns, list):
        raise Refusal("Invalid type of `custom_patterns`")
    for pattern in patterns:
        texts = (pattern.get("name"), pattern.get("regex")) if isinstance(pattern, dict) else ("",)
        is_whole = all(isinstance(text, str) and text.strip() for text in texts)
        # A whole number is none of its scores.
        if not is_whole or not isinstance(pattern.get("score"), float):
            raise Refusal("Invalid item found in `custom_patterns`")
    return patterns


def _answer(body: dict[str, Any], findings: Findings) -> dict[str, Any]:
    messages = body.get("text")
    if isinstance(messages, str):
        messages = [{"msg_id": 1, "text": messages}]
    if not isinstance(messages, list):
        raise Refusal("No valid `text` found")
    texts = []
    for message in messages:
        if not isinstance(message, dict) or not isinstance(message.get("msg_id"), int):
            raise Refusal("No valid `msg_id` found")
        if not isinstance(message.get("text"), str):
            raise Refusal("`text` in the message is not string")
        text, results = findings.sanitize(message["text"])
        texts.append(
            {
                "msg_id": message["msg_id"],
                "sanitized_text": text,
                "detected_language": "en" if message["text"] else None,
                "analyzer_results": results,
            }
        )
    return {
        "text": texts,
        "identified_pii": sorted(findings.identified),
        "anonymized_pii": sorted(findings.anonymized),
        "detected_languages": ["en"],
        "duration": 0.004,
    }

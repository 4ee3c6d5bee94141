# SPDX-License-Identifier: Apache-2.0
"""POST /api/generate."""

from typing import Any

from fake_provider import Answer, Plan

from . import errors, members, models, records, usage
from .formats import check_format, check_thinking


def respond(body: dict[str, Any], plan: Plan) -> Answer:
    members.check(body, members.GENERATE, "GenerateRequest")
    members.check_images(body.get("images"), "GenerateRequest")
    members.check_options(body.get("options"))
    model = models.base(body["model"])
    if not models.can(model, "completion"):
        raise errors.APIError(400, f'"{model}" does not support generate')
    if body.get("suffix") and not models.can(model, "insert"):
        raise errors.cannot(model, "insert")
    check_thinking(body)
    check_format(body.get("format"))
    texts = plan.texts()
    prompt = usage.of_text(body.get("prompt") or "") + usage.of_text(body.get("suffix") or "") - 2
    return records.respond(
        body,
        plan,
        [{"response": text} for text in texts],
        {"response": "".join(texts)},
        # The tokens of the conversation: older clients send them back.
        {"response": "", "context": [1, 518, 25580]},
        usage.metrics(prompt, len(texts)),
    )

# SPDX-License-Identifier: Apache-2.0
"""`format` and `think`: what both ways to generate share."""

import json
from typing import Any

from . import errors, models


def check_format(value: Any) -> None:
    if value is None or value in ("", "json") or isinstance(value, dict):
        return
    shown = json.dumps(value)
    raise errors.APIError(
        500, f'invalid format: {shown}; expected "json" or a valid JSON Schema object'
    )


def check_thinking(body: dict[str, Any]) -> None:
    think = body.get("think")
    if isinstance(think, str) and think not in ("high", "medium", "low"):
        raise errors.APIError(
            400, f'invalid think value: "{think}" (must be "high", "medium", "low", true, or false)'
        )
    if think and not models.can(body["model"], "thinking"):
        raise errors.APIError(400, f'"{models.base(body["model"])}" does not support thinking')

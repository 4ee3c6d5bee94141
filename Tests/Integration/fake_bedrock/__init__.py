# SPDX-License-Identifier: Apache-2.0
"""A fake of Amazon Bedrock's runtime API: its signatures, shapes, rules, frames and errors."""

from fake_provider import Cut, Gate, Plan, Received, ToolCall, at, every, whole

from .errors import APIError
from .frames import message
from .models import CLAUDE, COHERE_EMBED, NOVA, PROFILE, TITAN_V1, TITAN_V2
from .routes import ACCESS_KEY, API_KEY, REGION, SECRET_KEY, FakeBedrock
from .signature import Identity

__all__ = [
    "ACCESS_KEY",
    "API_KEY",
    "CLAUDE",
    "COHERE_EMBED",
    "NOVA",
    "PROFILE",
    "REGION",
    "SECRET_KEY",
    "TITAN_V1",
    "TITAN_V2",
    "APIError",
    "Cut",
    "FakeBedrock",
    "Gate",
    "Identity",
    "Plan",
    "Received",
    "ToolCall",
    "at",
    "every",
    "message",
    "whole",
]

# SPDX-License-Identifier: Apache-2.0
"""A fake of OpenAI's API: as strict as the provider, its bytes under the test's control."""

from fake_provider import Cut, Gate, Plan, Received, ToolCall, at, every, whole

from .errors import APIError
from .routes import KEY, FakeOpenAI

__all__ = [
    "KEY",
    "APIError",
    "Cut",
    "FakeOpenAI",
    "Gate",
    "Plan",
    "Received",
    "ToolCall",
    "at",
    "every",
    "whole",
]

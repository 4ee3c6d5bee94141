# SPDX-License-Identifier: Apache-2.0
"""A fake of Ollama's own API: as strict as the server, streams are lines of JSON."""

from fake_provider import Cut, Gate, Plan, Received, ToolCall, at, every, whole

from .errors import APIError
from .routes import KEY, FakeOllama

__all__ = [
    "KEY",
    "APIError",
    "Cut",
    "FakeOllama",
    "Gate",
    "Plan",
    "Received",
    "ToolCall",
    "at",
    "every",
    "whole",
]

# SPDX-License-Identifier: Apache-2.0
"""A fake of Hugging Face: the router, and the servers for text generation and for embeddings."""

from fake_provider import Cut, Gate, Plan, Received, ToolCall, at, every, whole

from .errors import APIError
from .routes import KEY, FakeHuggingFace

__all__ = [
    "KEY",
    "APIError",
    "Cut",
    "FakeHuggingFace",
    "Gate",
    "Plan",
    "Received",
    "ToolCall",
    "at",
    "every",
    "whole",
]

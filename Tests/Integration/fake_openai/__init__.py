# SPDX-License-Identifier: Apache-2.0
"""A fake of OpenAI's API: as strict as the provider, its bytes under the test's control."""

from .errors import APIError
from .gate import Gate
from .plan import Cut, Plan, ToolCall
from .received import Received
from .server import KEY, FakeOpenAI
from .splits import at, every, whole

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

# SPDX-License-Identifier: Apache-2.0
"""What the fakes of all providers share: a server whose every byte is under the test's control.

A provider is a subclass of `FakeProvider` with its own `respond`: from a request and a plan to an
answer, as strict as the provider is.
"""

from .answer import Answer
from .failure import ProviderError
from .gate import Gate
from .plan import Cut, Plan, ToolCall
from .received import Received
from .server import FakeProvider
from .splits import at, every, whole

__all__ = [
    "Answer",
    "Cut",
    "FakeProvider",
    "Gate",
    "Plan",
    "ProviderError",
    "Received",
    "ToolCall",
    "at",
    "every",
    "whole",
]

# SPDX-License-Identifier: Apache-2.0
"""A fake of Gemini's two APIs, the public one and Vertex: one server, told apart by the path."""

from .errors import GoogleError
from .routes import KEY, TOKEN, FakeGemini

__all__ = ["KEY", "TOKEN", "FakeGemini", "GoogleError"]

# SPDX-License-Identifier: Apache-2.0
"""A fake of Cohere's API, v2 and v1: as strict as the provider, under the test's control."""

from .errors import APIError
from .routes import KEY, FakeCohere

__all__ = ["KEY", "APIError", "FakeCohere"]

# SPDX-License-Identifier: Apache-2.0
"""A fake of Mistral's API: as strict as the provider, its bytes under the test's control."""

from .errors import APIError
from .routes import KEY, FakeMistral

__all__ = ["KEY", "APIError", "FakeMistral"]

# SPDX-License-Identifier: Apache-2.0
"""A fake of Anthropic's API: as strict as the provider, its bytes under the test's control.

Both versions of the API that are in use: 2023-06-01 and 2026-10-21.
"""

from .errors import APIError
from .routes import KEY, FakeAnthropic

__all__ = ["KEY", "APIError", "FakeAnthropic"]

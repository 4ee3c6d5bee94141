# SPDX-License-Identifier: Apache-2.0
"""An error of a provider, in that provider's own words."""

from typing import Any


class ProviderError(Exception):
    """What a fake answers instead: its status, its JSON body, and headers such as retry-after."""

    def __init__(
        self, status: int, message: str, body: Any, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        self.headers = headers

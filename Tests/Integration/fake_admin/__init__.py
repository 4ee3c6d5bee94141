# SPDX-License-Identifier: Apache-2.0
"""A gateway's admin API as far as `patchbay plugin` asks it: strict about what it is asked."""

from .plugins import FakePlugin, Refused
from .server import FakeAdmin

__all__ = ["FakeAdmin", "FakePlugin", "Refused"]

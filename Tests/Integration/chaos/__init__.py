# SPDX-License-Identifier: Apache-2.0
"""Storms: plugin processes are killed and swapped under a mixed load, and no client may see it."""

from .storm import Storm, storm

__all__ = ["Storm", "storm"]

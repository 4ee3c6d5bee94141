# SPDX-License-Identifier: Apache-2.0
"""A fake of Kong's PII service: as strict as that is, and it finds what no rule can, names."""

from .service import NAMES, FakePII

__all__ = ["NAMES", "FakePII"]

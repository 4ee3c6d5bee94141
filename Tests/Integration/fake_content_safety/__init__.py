# SPDX-License-Identifier: Apache-2.0
"""A fake of Azure AI Content Safety's `text:analyze`, as strict as its published API."""

from .server import KEY, FakeContentSafety

__all__ = ["KEY", "FakeContentSafety"]

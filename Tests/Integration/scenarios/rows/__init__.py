# SPDX-License-Identifier: Apache-2.0
"""The scenarios, one module for each group of the document."""

from scenarios.scenario import FOUND, Scenario

from . import (
    accounts,
    chat,
    endings,
    failures,
    formats,
    images,
    langchain,
    others,
    parameters,
    paths,
    streams,
    tools,
)

# In the order of the document.
_MODULES = (
    chat,
    parameters,
    tools,
    formats,
    images,
    endings,
    accounts,
    streams,
    failures,
    paths,
    others,
    langchain,
)
GROUPS = tuple(module.GROUP for module in _MODULES)
SCENARIOS: list[Scenario] = sorted(FOUND, key=lambda one: GROUPS.index(one.group))

__all__ = ["GROUPS", "SCENARIOS"]

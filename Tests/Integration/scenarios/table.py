# SPDX-License-Identifier: Apache-2.0
"""The whole table: every scenario with every provider."""

from .case import NOT_OFFERED, WORKS, Cell, ProviderCase
from .providers import CASES
from .rows import SCENARIOS
from .scenario import Scenario

__all__ = ["CASES", "SCENARIOS", "cell", "check"]


def cell(scenario: Scenario, case: ProviderCase) -> Cell:
    if case.model_of(scenario.operation) is None:
        return NOT_OFFERED
    return case.cells.get(scenario.name, WORKS)


def check() -> None:
    """No case names a scenario that there is not."""
    names = {scenario.name for scenario in SCENARIOS}
    for case in CASES:
        unknown = case.cells.keys() - names
        assert not unknown, f"{case.name} has cells for unknown scenarios: {sorted(unknown)}"

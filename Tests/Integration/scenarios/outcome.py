# SPDX-License-Identifier: Apache-2.0
"""Runs one cell of the table: a scenario is to come out as the cell says, and not otherwise."""

import openai
import pytest

from .bench import Bench, Lost
from .case import Cell, Named, NotOffered, Refused, Works
from .scenario import Scenario


def run(scenario: Scenario, bench: Bench, cell: Cell) -> None:
    match cell:
        case Works():
            scenario.run(bench)
        case Named(fields=fields):
            with pytest.raises(Lost) as lost:
                scenario.run(bench)
            assert str(lost.value) == ", ".join(fields)
            assert bench.logged()["meta"]["unsupported"] == list(fields)
        case Refused(text=text, status=status):
            with pytest.raises(openai.APIStatusError) as caught:
                scenario.run(bench)
            assert caught.value.status_code == status
            assert text in str(caught.value.response.json()["error"]["message"])
        case NotOffered(reason=reason):
            pytest.skip(reason or f"{bench.case.title} has no API for {scenario.operation}")

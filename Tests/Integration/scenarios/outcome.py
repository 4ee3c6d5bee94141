# SPDX-License-Identifier: Apache-2.0
"""Runs one cell of the table: a scenario is to come out as the cell says, and not otherwise."""

import openai
import pytest

from .bench import HEADER, Bench
from .case import Cell, Named, NotOffered, Refused, Works
from .scenario import Scenario


def run(scenario: Scenario, bench: Bench, cell: Cell) -> None:
    match cell:
        case Works():
            scenario.run(bench)
        case Named(fields=fields):
            _named(scenario, bench, fields)
        case Refused(text=text, status=status):
            with pytest.raises(openai.APIStatusError) as caught:
                scenario.run(bench)
            assert caught.value.status_code == status
            assert text in str(caught.value.response.json()["error"]["message"])
        case NotOffered(reason=reason):
            pytest.skip(reason or f"{bench.case.title} has no API for {scenario.operation}")


def _named(scenario: Scenario, bench: Bench, fields: tuple[str, ...]) -> None:
    """The answer comes, and says what was lost: in its header and in the log."""
    seen: list[str] = []
    bench.observe = seen.append
    try:
        scenario.run(bench)
    except AssertionError:
        # The scenario itself asserts that nothing was lost.
        assert seen, "there was no answer"
    assert seen[-1] == ", ".join(fields), f"{HEADER}: {seen}"

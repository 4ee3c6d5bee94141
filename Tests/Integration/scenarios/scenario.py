# SPDX-License-Identifier: Apache-2.0
"""One row of the table: something that a client does, as a function that asserts what it gets."""

from collections.abc import Callable
from dataclasses import dataclass

from .bench import Bench

Run = Callable[[Bench], None]


@dataclass(frozen=True)
class Scenario:
    name: str
    # What the document calls it.
    title: str
    group: str
    run: Run
    # Which of the gateway's APIs it needs.
    operation: str = "chat"


FOUND: list[Scenario] = []


def scenario(name: str, title: str, group: str, operation: str = "chat") -> Callable[[Run], Run]:
    def add(run: Run) -> Run:
        FOUND.append(Scenario(name, title, group, run, operation))
        return run

    return add

# SPDX-License-Identifier: Apache-2.0
"""Reads what callgrind writes: instructions by function, own and with all that it calls."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

_NAME = re.compile(r"\((\d+)\)(?: (.*))?")


@dataclass
class Costs:
    own: Counter[str] = field(default_factory=Counter)
    inclusive: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.own.total()


def read(path: Path) -> Costs:
    """The format is line by line: who is meant (`fn`), whom it calls (`cfn`, `calls`), costs."""
    costs, names = Costs(), dict[str, str]()
    function, callee, is_call = "", "", False
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("fn="):
            function = _name(line[3:], names)
        elif line.startswith("cfn="):
            callee = _name(line[4:], names)
        elif line.startswith("calls="):
            costs.calls[callee] += int(line[6:].split()[0])
            is_call = True
        elif function and line[:1] in "+-*0123456789" and " " in line:
            instructions = int(line.split()[1])
            costs.inclusive[function] += instructions
            if not is_call:
                costs.own[function] += instructions
            is_call = False
    return costs


def _name(text: str, names: dict[str, str]) -> str:
    """A name is written out once, and is a number from then on."""
    match = _NAME.fullmatch(text)
    if match is None:
        return text
    number, name = match.groups()
    if name is not None:
        names[number] = name
    return names[number]

# SPDX-License-Identifier: Apache-2.0
"""Instructions of a process's requests, by function: own, and with all that it calls."""

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from . import build, places

_NAME = re.compile(r"\((\d+)\)(?: (.*))?")


@dataclass
class Costs:
    own: Counter[str] = field(default_factory=Counter)
    inclusive: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.own.total()


class Callgrind:
    """An executable under valgrind, in a folder of its own."""

    def __init__(self, folder: Path, executable: Path) -> None:
        if not build.run("nm", executable):
            raise SystemExit(
                f"{executable} names no functions, as `make build` makes it; "
                "`swift build -c release --static-swift-stdlib` keeps the names"
            )
        # valgrind cannot read all of Swift's debug information; names are enough.
        self._executable, self._output = folder / executable.name, folder / "callgrind.out"
        build.run("strip", "-g", "-o", self._executable, executable)

    def command(self, *arguments: str) -> list[str]:
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self._output}"]
        return [*valgrind, str(self._executable), *arguments]

    def profile(self, pid: int, port: int, request: Path, warm_up: int, seconds: int) -> "Profile":
        """Of one request after the other for so many seconds, once it is warm."""
        _requests(port, request, warm_up)
        build.run("callgrind_control", "--zero", str(pid))
        requests = _requests(port, request, seconds)
        build.run("callgrind_control", "--dump", str(pid))
        # Each dump has a number; the end of the process writes one without.
        return Profile(read(self._output.with_name(f"{self._output.name}.1")), requests)


def _requests(port: int, request: Path, seconds: int) -> int:
    told = build.run(places.LOAD, "latency", str(port), request, "1", str(seconds))
    count: int = json.loads(told)["latency"]["count"]
    return count


@dataclass
class Profile:
    costs: Costs
    requests: int

    def show(self, functions: int, nearly_all: float) -> None:
        """What contains more than a share of all, the event loop's frames, says nothing."""
        costs, requests = self.costs, self.requests
        print(f"{costs.total / requests:,.0f} instructions a request ({requests} requests)")
        for title, counter in (("with callees", costs.inclusive), ("own", costs.own)):
            print(f"\n{title:>14}  calls")
            listed = [one for one in counter.most_common() if one[1] < costs.total * nearly_all]
            listed = listed[:functions]
            names = _demangled([name for name, _ in listed])
            for (function, instructions), name in zip(listed, names, strict=True):
                calls = costs.calls[function] / requests
                print(f"{instructions / requests:14,.0f} {calls:6.1f}  {name[:140]}")


def _demangled(names: list[str]) -> list[str]:
    # callgrind marks a recursion by an apostrophe and its depth.
    result = subprocess.run(
        ["swift", "demangle", "--simplified", "--compact"],
        input="\n".join(name.partition("'")[0] for name in names),
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    return result.stdout.splitlines()


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

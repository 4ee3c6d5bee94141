# SPDX-License-Identifier: Apache-2.0
"""Requests in the background, while something else is done."""

import json
import subprocess
from array import array
from pathlib import Path
from typing import Any, NamedTuple, Self

from . import places


class Answer(NamedTuple):
    """Nanoseconds of the monotonic clock; the status is 0 where the connection was closed."""

    sent: int
    answered: int
    status: int


class Background:
    """A tool that runs from enter to exit."""

    def __init__(self, *command: object) -> None:
        self._command = [str(part) for part in command]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._process.terminate()
        output, _ = self._process.communicate()
        if self._process.returncode != 0:
            raise SystemExit(f"{' '.join(self._command)} ended with {self._process.returncode}")
        self.ended(output)

    def ended(self, output: bytes) -> None:
        raise NotImplementedError


class Tracer(Background):
    """A closed loop: `load trace`, of which each request is known afterwards."""

    def __init__(self, port: int, request: Path, connections: int) -> None:
        super().__init__(places.LOAD, "trace", port, request, connections)
        self.answers: list[Answer] = []

    def ended(self, output: bytes) -> None:
        values = iter(array("q", output))
        self.answers = [Answer(*one) for one in zip(values, values, values, strict=True)]


class Paced(Background):
    """An open loop: `paced`, of which percentiles are known afterwards."""

    def __init__(self, port: int, request: Path, rate: float, stream: Path, share: int) -> None:
        super().__init__(places.PACED, port, request, rate, stream, share)
        self.result: dict[str, Any] = {}

    def ended(self, output: bytes) -> None:
        self.result = json.loads(output)


def percentile(answers: list[Answer], share: float) -> float:
    """Microseconds from request to answer."""
    times = sorted(one.answered - one.sent for one in answers)
    return times[int((len(times) - 1) * share)] / 1e3


def counts(answers: list[Answer]) -> dict[str, int]:
    failed = sum(one.status != 200 for one in answers)
    return {"requests": len(answers), "failed": failed}

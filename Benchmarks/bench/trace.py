# SPDX-License-Identifier: Apache-2.0
"""A closed loop of requests in the background, of which each is known afterwards."""

import subprocess
from array import array
from pathlib import Path
from typing import NamedTuple

from . import places


class Answer(NamedTuple):
    """Nanoseconds of the monotonic clock; the status is 0 where the connection was closed."""

    sent: int
    answered: int
    status: int


class Tracer:
    """Runs `load trace` from enter to exit; `answers` is there after that."""

    def __init__(self, port: int, request: Path, connections: int) -> None:
        self._arguments = [str(port), str(request), str(connections)]
        self.answers: list[Answer] = []

    def __enter__(self) -> "Tracer":
        self._process = subprocess.Popen(
            [str(places.LOAD), "trace", *self._arguments], stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._process.terminate()
        output, _ = self._process.communicate()
        if self._process.returncode != 0:
            raise SystemExit(f"load trace ended with {self._process.returncode}")
        values = iter(array("q", output))
        self.answers = [Answer(*one) for one in zip(values, values, values, strict=True)]


def percentile(answers: list[Answer], share: float) -> float:
    """Microseconds from request to answer."""
    times = sorted(one.answered - one.sent for one in answers)
    return times[int((len(times) - 1) * share)] / 1e3

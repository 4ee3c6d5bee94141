# SPDX-License-Identifier: Apache-2.0
"""From rounds to one number each: the median over the rounds, differences taken within a round."""

from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

Record = dict[str, Any]


class Requests:
    """`rounds[n][gateway][connections]`, as measured."""

    def __init__(self, rounds: list[Record]) -> None:
        self._rounds = rounds

    def cpu(self, gateway: str, level: int) -> float:
        """Microseconds a request, of all its processes together."""
        return self._median(lambda one: _cpu(one, gateway, level))

    def cpu_more(self, gateway: str, than: str, level: int) -> float:
        return self._median(lambda one: _cpu(one, gateway, level) - _cpu(one, than, level))

    def cpu_ratio(self, gateway: str, to: str, level: int) -> float:
        return self._median(lambda one: _cpu(one, gateway, level) / _cpu(one, to, level))

    def rate(self, gateway: str, level: int) -> float:
        return self._median(lambda one: float(one[gateway][str(level)]["rps"]))

    def latency(self, gateway: str, percentile: str) -> float:
        return self._median(lambda one: float(one[gateway]["1"][percentile]))

    def added(self, gateway: str, percentile: str, to: str = "direct") -> float:
        """Microseconds more than without it, one request at a time."""
        return self._median(
            lambda one: float(one[gateway]["1"][percentile] - one[to]["1"][percentile])
        )

    def _median(self, value: Callable[[Record], float]) -> float:
        return median(value(one) for one in self._rounds)


def _cpu(one: Record, gateway: str, level: int) -> float:
    return float(one[gateway][str(level)]["cpu_us"]["total"])


class Streams:
    """`rounds[n][case]`, as measured."""

    def __init__(self, rounds: list[Record]) -> None:
        self._rounds = rounds

    def cases(self) -> Iterable[str]:
        return self._rounds[0]

    def value(self, case: str, what: str, percentile: str) -> float:
        """Microseconds; `what` is `first_piece`, `delay` or `gap`."""
        return median(float(one[case][what][percentile]) for one in self._rounds)

    def added(self, case: str, what: str, percentile: str) -> float:
        """Microseconds more than directly."""
        return median(
            float(one[case][what][percentile] - one["direct"][what][percentile])
            for one in self._rounds
        )

    def cpu(self, case: str) -> float:
        """Microseconds a piece."""
        return median(float(one[case]["cpu_us"]["total"]) for one in self._rounds)

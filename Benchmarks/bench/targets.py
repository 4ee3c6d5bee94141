# SPDX-License-Identifier: Apache-2.0
"""What prototypes promised, beside what was measured."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from . import plugins, swaps
from .plan import LEVELS
from .summary import Requests, Streams

Record = dict[str, Any]


@dataclass(frozen=True)
class Target:
    what: str
    limit: float
    measured: float
    unit: str

    @property
    def is_met(self) -> bool:
        return self.measured <= self.limit


def targets(results: Record) -> list[Target]:
    requests, streams = Requests(results["requests"]), Streams(results["streams"])
    low = LEVELS[0]
    host = [
        Target(
            f"host without a plugin, CPU of a request against nginx's, {level} connections",
            1.3,
            requests.cpu_ratio("patchbay", "nginx", level),
            "times",
        )
        for level in LEVELS
    ]
    hops = [
        Target(
            f"first plugin, more CPU of a request, {low} connections",
            12,
            requests.cpu_more("patchbay-1", "patchbay", low),
            "µs",
        ),
        Target(
            f"each further plugin, more CPU of a request, {low} connections",
            12,
            requests.cpu_more("patchbay-5", "patchbay-1", low) / 4,
            "µs",
        ),
        Target(
            "first plugin, added to p50, 1 connection",
            35,
            requests.added("patchbay-1", "p50", to="patchbay"),
            "µs",
        ),
    ]
    five = [
        Target(
            f"five plugins, CPU of a request against Envoy's with none, {level} connections",
            1,
            requests.cpu_ratio("patchbay-5", "envoy", level),
            "times",
        )
        for level in LEVELS
    ]
    pieces = [
        Target(
            "ai-proxy copying a stream, added to a piece, median",
            50,
            streams.added("copy", "delay", "p50"),
            "µs",
        )
    ]
    checkpoints = [
        Target(
            f"a checkpoint, {state}, CPU in plugin and host",
            2,
            (cost["changed_ns"] + cost["host_ns"]) / 1e3,
            "µs",
        )
        for state, cost in results["checkpoints"].items()
    ]
    # Three times is what a logarithm allows.
    routes = [
        Target(f"1,000 routes against 10, by {name}", 3, cost["1000"] / cost["10"], "times")
        for name, cost in results["routes"].items()
    ]
    ready = [Target("exec to ready with two plugins", 300, median(results["ready_ms"]), "ms")]
    fixed = checkpoints + routes + ready + _plugins(results["plugins"])
    return host + hops + five + pieces + fixed + _life(results["life"])


def _plugins(measured: Record) -> list[Target]:
    growth = plugins.worst_growth(measured)
    targets = [
        Target("second 128 KB of a body against the first, worst plugin", 1.5, growth, "times")
    ]
    if measured["chain"]:
        what = f"chain of {len(measured['chain'])} steps, added to p50, 1 KB"
        awake = plugins.awake(measured)
        for label, chain in (("", measured), (", processors awake", awake)):
            if chain["rounds"]:
                added = plugins.added(chain, plugins.CHAIN, plugins.SMALL)
                targets.append(Target(what + label, 350, added, "µs"))
    return targets


def _life(measured: Record) -> list[Target]:
    steady = f"p99 during swaps against p99 without, {swaps.load(measured)}"
    return [
        Target(f"{steady}, worst kind", 2, swaps.worst_at_once(measured), "times"),
        Target(f"{steady} to models", 2, swaps.worst_waits(measured), "times"),
        Target("requests that failed in kills and swaps", 0, measured["failed"], "requests"),
    ]

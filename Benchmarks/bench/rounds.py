# SPDX-License-Identifier: Apache-2.0
"""The measurements: all gateways in each round, so that a slow moment meets all of them alike."""

import sys
from dataclasses import dataclass
from typing import Any

from . import plan
from .gateways import Gateway
from .load import Load

Record = dict[str, Any]


@dataclass(frozen=True)
class StreamCase:
    name: str
    label: str
    gateway: str
    # Whether the client asks for the usage itself; ai-proxy then has nothing to take out.
    with_usage: bool


STREAM_CASES = [
    StreamCase("direct", "direct", "direct", True),
    StreamCase("nginx", "nginx", "nginx", True),
    StreamCase("envoy", "Envoy", "envoy", True),
    StreamCase("plain", "Patchbay", "patchbay", True),
    StreamCase("copy", "Patchbay, ai-proxy, copied", "ai-proxy", True),
    StreamCase("transform", "Patchbay, ai-proxy, transformed", "ai-proxy", False),
]


def warm_up(gateways: dict[str, Gateway], load: Load) -> None:
    """Fills the pools of connections and the caches."""
    for gateway in gateways.values():
        load.latency(gateway, 0.2, connections=max(plan.LEVELS))


def measure_requests(gateways: dict[str, Gateway], load: Load, steps: plan.Plan) -> list[Record]:
    rounds = []
    for number in range(steps.rounds):
        measured: Record = {}
        for name in _rotated(list(gateways), number):
            _say(f"round {number + 1} of {steps.rounds}: {gateways[name].label}")
            measured[name] = {"1": load.latency(gateways[name], steps.latency_seconds)}
            for level in plan.LEVELS:
                measured[name][str(level)] = load.throughput(
                    gateways[name], level, steps.throughput_seconds
                )
        rounds.append(measured)
    return rounds


def measure_streams(gateways: dict[str, Gateway], load: Load, steps: plan.Plan) -> list[Record]:
    rounds = []
    for number in range(steps.rounds):
        measured: Record = {}
        for case in _rotated(STREAM_CASES, number):
            if case.gateway not in gateways:
                continue
            _say(f"round {number + 1} of {steps.rounds}: streams, {case.label}")
            measured[case.name] = load.streams(
                gateways[case.gateway], case.with_usage, steps.stream_batches
            )
        rounds.append(measured)
    return rounds


def _rotated(items: list[Any], by: int) -> list[Any]:
    by %= len(items)
    return items[by:] + items[:by]


def _say(what: str) -> None:
    """Progress, on one line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)

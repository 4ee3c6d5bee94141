# SPDX-License-Identifier: Apache-2.0
"""Swaps under a steady load, of models and of an upstream that answers at once, and under one that
leaves no CPU free.

Stretches without swaps and stretches with them take turns."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from . import build, plan, processes, traffic
from .gateways import Gateway
from .gateways.admin import Admin
from .tables import Row, table
from .trace import Paced, Tracer, counts, percentile
from .traffic import TrafficFiles

Record = dict[str, Any]

# Of the closed loop.
CONNECTIONS = 16
# The steady load is this part of what the closed loop gets through. Requests that come one by one
# cost more CPU each than those of a full machine, so that it takes half of the machine and more.
PART = 1 / 5
# Under it a swap is due so many seconds after the one before: 1,000 are made in 100 seconds, as in
# the storms. Without free CPU a swap follows the other.
PACE = 0.1
# One of so many of its exchanges is a stream, of so many pieces.
SHARE = 20
PIECES = 16
INTERVAL_US = 10_000
# What a client waits for, from when the request was due: the answer, or its first piece. And what
# is the gateway's alone: from when the upstream wrote a piece until the client has it.
WAITS = {"plain": "answer", "first_piece": "first piece"}
KINDS = {**WAITS, "delay": "delay of a piece"}


def measure(gateway: Gateway, admin: Admin, files: TrafficFiles, steps: plan.Plan) -> Record:
    """Times in microseconds, of swaps in milliseconds."""
    capacity = _capacity(gateway, files, steps.saturated_seconds)
    rate = round(capacity * PART, -2)

    def paced(request: Path, stream: Path) -> Record:
        def load() -> Paced:
            return Paced(gateway.port, request, rate, stream, SHARE)

        return _paced(load, admin, steps)

    models, at_once, saturated = [], [], []
    for _ in range(steps.swap_rounds):
        models.append(paced(files.model_request, files.model_stream))
        at_once.append(paced(files.request, files.stream))
        saturated.append(_saturated(gateway, admin, files, steps))
    steady = models + at_once
    rounds = steady + saturated
    return {
        "capacity": capacity,
        "rate": rate,
        "busy": [one["busy"] for one in steady],
        "swap_ms": [one for each in steady for one in each["swap_ms"]],
        "saturated_swap_ms": [one for each in saturated for one in each["swap_ms"]],
        "p99_us": {
            "models": {kind: [one[kind] for one in models] for kind in KINDS},
            "at_once": {kind: [one[kind] for one in at_once] for kind in KINDS},
            "saturated": [one["saturated"] for one in saturated],
        },
        "requests": sum(one["requests"] for one in rounds),
        "failed": sum(one["failed"] for one in rounds),
    }


def _capacity(gateway: Gateway, files: TrafficFiles, seconds: float) -> float:
    """Requests a second of the closed loop."""
    with Tracer(gateway.port, files.request, CONNECTIONS) as tracer:
        time.sleep(seconds)
    answers = tracer.answers
    return len(answers) / (answers[-1].answered - answers[0].sent) * 1e9


def _paced(load: Callable[[], Paced], admin: Admin, steps: plan.Plan) -> Record:
    def stretch(work: Callable[[], Any]) -> tuple[Record, Any]:
        with load() as running:
            done = work()
        return running.result, done

    quiet, busy = stretch(lambda: _busy(steps.quiet_seconds))
    swapping, times = stretch(lambda: _swap(admin, steps.swaps, PACE))
    return {
        "swap_ms": times,
        "busy": busy,
        **{kind: (quiet[kind]["p99"], swapping[kind]["p99"]) for kind in KINDS},
        "requests": quiet["exchanges"] + swapping["exchanges"],
        "failed": quiet["failed"] + swapping["failed"],
    }


def _busy(seconds: float) -> float:
    """Waits so long; the part of the machine's CPU that was used meanwhile, by whomever."""
    before = processes.machine_ticks()
    time.sleep(seconds)
    used, all_ticks = (
        after - earlier for after, earlier in zip(processes.machine_ticks(), before, strict=True)
    )
    return used / all_ticks


def _saturated(gateway: Gateway, admin: Admin, files: TrafficFiles, steps: plan.Plan) -> Record:
    with Tracer(gateway.port, files.request, CONNECTIONS) as tracer:
        time.sleep(steps.saturated_seconds)
    quiet = tracer.answers
    with Tracer(gateway.port, files.request, CONNECTIONS) as tracer:
        times = _swap(admin, steps.saturated_swaps, pace=0)
    swapping = tracer.answers
    return {
        "swap_ms": times,
        "saturated": (percentile(quiet, 0.99), percentile(swapping, 0.99)),
        **counts(quiet + swapping),
    }


def _swap(admin: Admin, count: int, pace: float) -> list[float]:
    """Milliseconds of each. The first version runs before and, the count being even, after."""
    times = []
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number * pace - time.monotonic()))
        began = time.monotonic()
        admin.swap(build.VERSIONS[(number + 1) % 2])
        times.append((time.monotonic() - began) * 1e3)
    return times


def worst_waits(life: Record) -> float:
    """Of what clients of models wait for, under the steady load."""
    return max(_ratio(life["p99_us"]["models"][kind]) for kind in WAITS)


def worst_at_once(life: Record) -> float:
    """Of all kinds of the steady load that the upstream answers at once."""
    return max(_ratio(pairs) for pairs in life["p99_us"]["at_once"].values())


def _ratio(pairs: list[tuple[float, float]]) -> float:
    """The p99 during swaps against the p99 without, within a round; the median."""
    return median(swapping / quiet for quiet, swapping in pairs)


def load(life: Record) -> str:
    return f"{life['rate']:,.0f} exchanges a second"


def report(life: Record) -> str:
    measured = life["p99_us"]
    model = f"models of {traffic.MODEL_TIME / 1e3:g} ms"
    rows = [
        *(_row(f"{model}, {KINDS[kind]}", pairs) for kind, pairs in measured["models"].items()),
        *(_row(f"at once, {KINDS[kind]}", pairs) for kind, pairs in measured["at_once"].items()),
        _row(f"{CONNECTIONS} connections that leave no CPU free, at once", measured["saturated"]),
    ]
    note = (
        f"{load(life)} are due, one of {SHARE} a stream of {PIECES} pieces: {PART:.0%} of "
        f"the {life['capacity']:,.0f} that {CONNECTIONS} connections get when each asks again at "
        f"once, and {median(life['busy']):.0%} of the machine's CPU. The upstream answers after "
        f"the time of a model, or at once. Swaps are {1 / PACE:.0f} a second of "
        f"{median(life['swap_ms']):.1f} ms each; without free CPU one follows the other, "
        f"{median(life['saturated_swap_ms']):.1f} ms each."
    )
    return table(["p99, ms", "without swaps", "during swaps", "times"], rows) + f"\n\n{note}"


def _row(label: str, pairs: list[tuple[float, float]]) -> Row:
    quiet, swapping = zip(*pairs, strict=True)
    times = [f"{median(one) / 1e3:.2f}" for one in (quiet, swapping)]
    return [label, *times, f"{_ratio(pairs):.2f}"]

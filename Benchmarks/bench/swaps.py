# SPDX-License-Identifier: Apache-2.0
"""Swaps under two kinds of load: a steady one, and one that leaves no CPU free.

Stretches without swaps and stretches with them take turns."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from . import build, plan, processes
from .gateways import Gateway
from .gateways.admin import Admin
from .tables import table
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
# What a client waits for: the answer or the first piece from when the request was due, a piece from
# when the upstream wrote it.
KINDS = {
    "plain": "plain",
    "first_piece": "streamed, first piece",
    "delay": "streamed, each piece",
}


def measure(gateway: Gateway, admin: Admin, files: TrafficFiles, steps: plan.Plan) -> Record:
    """Times in microseconds, of swaps in milliseconds."""
    capacity = _capacity(gateway, files, steps.saturated_seconds)
    rate = round(capacity * PART, -2)
    paced, saturated = [], []
    for _ in range(steps.swap_rounds):
        paced.append(_paced(gateway, admin, files, steps, rate))
        saturated.append(_saturated(gateway, admin, files, steps))
    rounds = paced + saturated
    return {
        "capacity": capacity,
        "rate": rate,
        "busy": [one["busy"] for one in paced],
        "swap_ms": [one for each in paced for one in each["swap_ms"]],
        "saturated_swap_ms": [one for each in saturated for one in each["swap_ms"]],
        "p99_us": {
            **{kind: [one[kind] for one in paced] for kind in KINDS},
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


def _paced(
    gateway: Gateway, admin: Admin, files: TrafficFiles, steps: plan.Plan, rate: float
) -> Record:
    def stretch(work: Callable[[], Any]) -> tuple[Record, Any]:
        with Paced(gateway.port, files.request, rate, files.stream, SHARE) as load:
            done = work()
        return load.result, done

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


def ratio(life: Record, kind: str) -> float:
    """The p99 during swaps against the p99 without, within a round; the median."""
    return median(float(swapping / quiet) for quiet, swapping in life["p99_us"][kind])


def worst_ratio(life: Record) -> float:
    """Of the kinds of the steady load."""
    return max(ratio(life, kind) for kind in KINDS)


def load(life: Record) -> str:
    return f"{life['rate']:,.0f} exchanges a second"


def report(life: Record) -> str:
    labels = {**KINDS, "saturated": f"{CONNECTIONS} connections that leave no CPU free, plain"}
    rows = []
    for kind, label in labels.items():
        quiet, swapping = zip(*life["p99_us"][kind], strict=True)
        times = [f"{median(one) / 1e3:.2f}" for one in (quiet, swapping)]
        rows.append([label, *times, f"{ratio(life, kind):.2f}"])
    note = (
        f"{load(life)} are due, one of {SHARE} a stream of {PIECES} pieces: {PART:.0%} of "
        f"the {life['capacity']:,.0f} that {CONNECTIONS} connections get when each asks again at "
        f"once, and {median(life['busy']):.0%} of the machine's CPU. Swaps are {1 / PACE:.0f} a "
        f"second of {median(life['swap_ms']):.1f} ms each; without free CPU one follows the other, "
        f"{median(life['saturated_swap_ms']):.1f} ms each."
    )
    return table(["p99, ms", "without swaps", "during swaps", "times"], rows) + f"\n\n{note}"

# SPDX-License-Identifier: Apache-2.0
"""A plugin's process is killed, and swapped, under load: what the requests notice of it.

`python3 -m bench.life N` measures N pairs of stretches without and with swaps, and nothing else."""

import os
import select
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from . import build, plan, processes
from .gateways import Gateway, patchbay
from .gateways.admin import Admin
from .gateways.upstream import Upstream
from .trace import Answer, Tracer, percentile
from .traffic import TrafficFiles

Record = dict[str, Any]

CONNECTIONS = 16
_PATIENCE = 20.0
# Between two kills, so that each meets a process that works.
_PAUSE = 0.2


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    steps = replace(plan.FULL, kills=1, swap_rounds=number)
    with tempfile.TemporaryDirectory(prefix="patchbay-bench-") as name:
        directory = Path(name)
        life = measure(directory, TrafficFiles(directory), steps)
    print(
        f"p99 without swaps {median(life['quiet_p99_us']) / 1e3:.2f} ms, during swaps "
        f"{median(life['swapping_p99_us']) / 1e3:.2f} ms, {ratio(life):.2f} times; a swap "
        f"{median(life['swap_ms']):.1f} ms, at worst {max(life['swap_ms']):.1f}; "
        f"{life['failed']} of {life['requests']:,} requests failed"
    )


def measure(directory: Path, files: TrafficFiles, steps: plan.Plan) -> Record:
    """Times in microseconds, of swaps in milliseconds."""
    folder = directory / "life"
    folder.mkdir()
    with Upstream(files) as upstream:
        gateway = patchbay.gateway("life", "Patchbay", upstream, [patchbay.swapped()])
        with gateway.started(folder):
            admin = Admin(gateway.admin_port, build.SWAPPED)
            # It was started with the newest version.
            admin.swap(build.VERSIONS[0])
            kills = _kills(gateway, admin, files, steps)
            rounds = [_swaps(gateway, admin, files, steps) for _ in range(steps.swap_rounds)]
    swap_times = [one for each in rounds for one in each["swap_ms"]]
    return {
        "first_answer_us": kills["first_answer_us"],
        "stall_us": kills["stall_us"],
        "swap_ms": swap_times,
        "quiet_p99_us": [one["quiet_p99_us"] for one in rounds],
        "swapping_p99_us": [one["swapping_p99_us"] for one in rounds],
        "requests": kills["requests"] + sum(one["requests"] for one in rounds),
        "failed": kills["failed"] + sum(one["failed"] for one in rounds),
    }


# MARK: Kills


def _kills(gateway: Gateway, admin: Admin, files: TrafficFiles, steps: plan.Plan) -> Record:
    moments = []
    with Tracer(gateway.port, files.request, CONNECTIONS) as tracer:
        for _ in range(steps.kills):
            time.sleep(_PAUSE)
            moments.append(_kill(gateway))
            admin.wait_until_ready(_PATIENCE)
        time.sleep(_PAUSE)
    outages = [_outage(tracer.answers, killed, gone) for killed, gone in moments]
    return {
        "first_answer_us": [first / 1e3 for first, _ in outages],
        "stall_us": [stall / 1e3 for _, stall in outages],
        **_counts(tracer.answers),
    }


def _outage(answers: list[Answer], killed: int, gone: int) -> tuple[int, int]:
    """From the kill to the first answer, and the longest request meanwhile, in nanoseconds."""
    # Of a request that was sent when the process was gone: others may have passed it before.
    first = min(one.answered for one in answers if one.sent > gone and one.status == 200)
    stall = max(
        one.answered - one.sent for one in answers if one.sent <= first and one.answered > killed
    )
    return first - killed, stall


def _kill(gateway: Gateway) -> tuple[int, int]:
    """When the only process of the plugin was killed, and when it was gone, in nanoseconds."""
    name = build.SWAPPED[: processes.NAME_LIMIT]
    [pid] = [pid for pid in gateway.pids() if processes.name(pid) == name]
    descriptor = os.pidfd_open(pid)
    try:
        killed = time.monotonic_ns()
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        if not select.select([descriptor], [], [], _PATIENCE)[0]:
            raise SystemExit(f"process {pid} survived SIGKILL")
        return killed, time.monotonic_ns()
    finally:
        os.close(descriptor)


# MARK: Swaps


def _swaps(gateway: Gateway, admin: Admin, files: TrafficFiles, steps: plan.Plan) -> Record:
    """One stretch without swaps, one in which a swap follows the other."""
    with Tracer(gateway.port, files.request, CONNECTIONS) as tracer:
        time.sleep(steps.quiet_seconds)
    quiet = tracer.answers
    with Tracer(gateway.port, files.request, CONNECTIONS) as tracer:
        times = []
        for number in range(steps.swaps):
            began = time.monotonic()
            # The first version runs at the start of each stretch: the count is even.
            admin.swap(build.VERSIONS[(number + 1) % 2])
            times.append((time.monotonic() - began) * 1e3)
    swapping = tracer.answers
    counts, more = _counts(quiet), _counts(swapping)
    return {
        "swap_ms": times,
        "quiet_p99_us": percentile(quiet, 0.99),
        "swapping_p99_us": percentile(swapping, 0.99),
        **{name: counts[name] + more[name] for name in counts},
    }


def ratio(life: Record) -> float:
    """The p99 during swaps against the p99 without, within a round; the median."""
    return median(
        float(swapping / quiet)
        for swapping, quiet in zip(life["swapping_p99_us"], life["quiet_p99_us"], strict=True)
    )


def _counts(answers: list[Answer]) -> dict[str, int]:
    failed = sum(one.status != 200 for one in answers)
    return {"requests": len(answers), "failed": failed}


if __name__ == "__main__":
    main()

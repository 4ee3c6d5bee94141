# SPDX-License-Identifier: Apache-2.0
"""A plugin's process is killed, and swapped, under load: what the requests notice of it.

`python3 -m bench.life N` measures N rounds of swaps, and little else."""

import os
import select
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import build, plan, processes, swaps
from .gateways import Gateway, patchbay
from .gateways.admin import Admin
from .gateways.upstream import Upstream
from .trace import Answer, Tracer, counts
from .traffic import TrafficFiles

Record = dict[str, Any]

_PATIENCE = 20.0
# Between two kills, so that each meets a process that works.
_PAUSE = 0.2


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    steps = replace(plan.FULL, kills=1, swap_rounds=number)
    with tempfile.TemporaryDirectory(prefix="patchbay-bench-") as name:
        directory = Path(name)
        life = measure(directory, TrafficFiles(directory), steps)
    print(swaps.report(life))
    print(f"{life['failed']} of {life['requests']:,} requests failed")


def measure(directory: Path, files: TrafficFiles, steps: plan.Plan) -> Record:
    """Times in microseconds, of swaps in milliseconds."""
    folder = directory / "life"
    folder.mkdir()
    with Upstream(files, swaps.PIECES, swaps.INTERVAL_US) as upstream:
        gateway = patchbay.gateway("life", "Patchbay", upstream, [patchbay.swapped()])
        with gateway.started(folder):
            admin = Admin(gateway.admin_port, build.SWAPPED)
            # It was started with the newest version.
            admin.swap(build.VERSIONS[0])
            kills = _kills(gateway, admin, files, steps)
            swapped = swaps.measure(gateway, admin, files, steps)
    return {
        **swapped,
        "first_answer_us": kills["first_answer_us"],
        "stall_us": kills["stall_us"],
        "requests": kills["requests"] + swapped["requests"],
        "failed": kills["failed"] + swapped["failed"],
    }


# MARK: Kills


def _kills(gateway: Gateway, admin: Admin, files: TrafficFiles, steps: plan.Plan) -> Record:
    moments = []
    with Tracer(gateway.port, files.request, swaps.CONNECTIONS) as tracer:
        for _ in range(steps.kills):
            time.sleep(_PAUSE)
            moments.append(_kill(gateway))
            admin.wait_until_ready(_PATIENCE)
        time.sleep(_PAUSE)
    outages = [_outage(tracer.answers, killed, gone) for killed, gone in moments]
    return {
        "first_answer_us": [first / 1e3 for first, _ in outages],
        "stall_us": [stall / 1e3 for _, stall in outages],
        **counts(tracer.answers),
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


if __name__ == "__main__":
    main()

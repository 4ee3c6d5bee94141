# SPDX-License-Identifier: Apache-2.0
"""`python3 -m bench.placement`: does it help to keep a plugin on the CPU of the loop that calls it?

`make bench` measures only the ends, warm and cold, and builds what this needs. Threads of a host
and of its plugin are pinned from outside; client and upstream stay free. Needs two CPUs."""

import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from . import build, plan, processes
from .gateways import Gateway, patchbay
from .gateways.upstream import Upstream
from .load import Load
from .tables import table
from .traffic import TrafficFiles

Record = dict[str, Any]

LEVEL = 16
_LOOP = "NIO-ELT-"


@dataclass(frozen=True)
class Case:
    workers: int
    label: str
    # The CPU of each worker, in their order; none: where the kernel likes.
    loops: tuple[int, ...] = ()
    # The CPU of the plugin; None: where the kernel likes.
    plugin: int | None = None


WARM = Case(1, "CPU 0, plugin on the same", (0,), 0)
COLD = Case(1, "CPU 0, plugin on the other", (0,), 1)
CASES = [
    Case(1, "free, plugin free"),
    Case(1, "CPU 0, plugin free", (0,)),
    WARM,
    COLD,
    Case(2, "free, plugin free"),
    Case(2, "CPUs 0 and 1, plugin free", (0, 1)),
    Case(2, "CPUs 0 and 1, plugin on 0", (0, 1), 0),
]


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory(prefix="patchbay-bench-") as name:
        directory = Path(name)
        results = measure(directory, TrafficFiles(directory), CASES, number)
    print(report(CASES, results))


def warm_and_cold(directory: Path, files: TrafficFiles, steps: plan.Plan) -> list[list[Record]]:
    """The same hop, caller and plugin on one CPU and on two; nothing on a machine with one."""
    if (os.cpu_count() or 1) < 2:
        return []
    return measure(directory, files, [WARM, COLD], steps.placement_rounds)


def measure(
    directory: Path, files: TrafficFiles, cases: list[Case], count: int
) -> list[list[Record]]:
    """By round and case."""
    load = Load(files)
    with ExitStack() as stack:
        upstream = stack.enter_context(Upstream(files))
        gateways = {}
        for workers in sorted({case.workers for case in cases}):
            for plugins in ([], [patchbay.add_header(1)]):
                name = f"placed-{workers}-{len(plugins)}"
                gateway = patchbay.gateway(name, name, upstream, plugins, workers)
                folder = directory / name
                folder.mkdir()
                stack.enter_context(gateway.started(folder))
                load.latency(gateway, 0.3, connections=LEVEL)
                gateways[name] = gateway
        return [[_case(case, gateways, load) for case in cases] for _ in range(count)]


def _case(case: Case, gateways: dict[str, Gateway], load: Load) -> Record:
    """What the plugin adds, the workers being placed alike without it."""
    measured = []
    for name in (f"placed-{case.workers}-0", f"placed-{case.workers}-1"):
        gateway = gateways[name]
        _place(gateway, case)
        one, many = load.latency(gateway, 0.6), load.throughput(gateway, LEVEL, 1)
        measured.append((one["p50"], one["cpu_us"]["total"], many["cpu_us"]["total"], many["rps"]))
    without, with_plugin = measured
    return {
        "p50": with_plugin[0] - without[0],
        "cpu_1": with_plugin[1] - without[1],
        "cpu_many": with_plugin[2] - without[2],
        "rps": with_plugin[3],
    }


def _place(gateway: Gateway, case: Case) -> None:
    everywhere = set(range(os.cpu_count() or 1))
    for pid in gateway.pids():
        process = processes.name(pid)
        threads = sorted(int(task.name) for task in Path(f"/proc/{pid}/task").iterdir())
        if process == build.header_plugin(1):
            cpus = everywhere if case.plugin is None else {case.plugin}
            for thread in threads:
                os.sched_setaffinity(thread, cpus)
        elif process == "patchbay":
            loops = [thread for thread in threads if _thread_name(pid, thread).startswith(_LOOP)]
            if len(loops) != case.workers:
                raise SystemExit(f"{len(loops)} threads are named {_LOOP}, not {case.workers}")
            for thread, cpu in zip(loops, case.loops or [None] * len(loops), strict=True):
                os.sched_setaffinity(thread, everywhere if cpu is None else {cpu})


def _thread_name(pid: int, thread: int) -> str:
    return Path(f"/proc/{pid}/task/{thread}/comm").read_text().strip()


def report(cases: list[Case], rounds: list[list[Record]]) -> str:
    """What a hop adds, in medians over the rounds."""
    rows = []
    for index, case in enumerate(cases):
        values = [
            median(one[index][what] for one in rounds)
            for what in ("p50", "cpu_1", "cpu_many", "rps")
        ]
        p50, cpu_1, cpu_many, rps = values
        cells = [f"{p50:.0f}", f"{cpu_1:.1f}", f"{cpu_many:.1f}", f"{rps:,.0f}"]
        rows.append([case.label, str(case.workers), *cells])
    head = ["loops", "workers", "p50 µs, 1", "CPU µs, 1", f"CPU µs, {LEVEL}"]
    return table([*head, f"requests/s, {LEVEL}"], rows)


if __name__ == "__main__":
    main()

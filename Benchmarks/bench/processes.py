# SPDX-License-Identifier: Apache-2.0
"""What the kernel knows of a tree of processes: its CPU time and its memory."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# The kernel cuts the name of a process.
NAME_LIMIT = 15
# What it says of a process or thread that is no more.
_ENDED = (FileNotFoundError, ProcessLookupError)


@dataclass(frozen=True)
class Memory:
    """In bytes. PSS counts a page that n processes share as 1/n in each."""

    rss: int
    pss: int


def tree(roots: Iterable[int]) -> list[int]:
    """The processes and all their descendants."""
    found: list[int] = []
    for pid in roots:
        found += [pid, *tree(_children(pid))]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time, by the scheduler's nanoseconds: `stat` counts in ticks of 10 ms."""
    nanoseconds = sum(
        int((task / "schedstat").read_text().split()[0])
        for pid in pids
        for task in Path(f"/proc/{pid}/task").iterdir()
    )
    return nanoseconds / 1e9


def machine_ticks() -> tuple[int, int]:
    """Of all CPUs since the start: used, and all."""
    first = Path("/proc/stat").read_text().splitlines()[0]
    user, nice, system, idle, waiting, *interrupts = map(int, first.split()[1:9])
    used = user + nice + system + sum(interrupts)
    return used, used + idle + waiting


def memory(pid: int) -> Memory:
    sizes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, size, *_ = line.split()
        sizes[name.rstrip(":")] = int(size) * 1024
    return Memory(rss=sizes["Rss"], pss=sizes["Pss"])


def name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _children(pid: int) -> list[int]:
    """Processes and threads come and go while they are looked at: who has ended has none."""
    children: list[int] = []
    with contextlib.suppress(*_ENDED):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(*_ENDED):
                children += map(int, (task / "children").read_text().split())
    return children

# SPDX-License-Identifier: Apache-2.0
"""What the kernel knows of a process and its children: memory, environment, program."""

import contextlib
import os
import select
from pathlib import Path
from types import TracebackType

_PIECE = 8 << 20
# What the kernel says of a process or thread that is no more.
_ENDED = (FileNotFoundError, ProcessLookupError)


def descendants(pid: int) -> list[int]:
    """Children, their children and so on."""
    found: list[int] = []
    for child in _children(pid):
        found += [child, *descendants(child)]
    return found


class Watched:
    """`with Watched(pid) as process`: knows when that process ends, whoever has its number afterwards."""

    def __init__(self, pid: int) -> None:
        self._descriptor = os.pidfd_open(pid)

    def __enter__(self) -> "Watched":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def ends_within(self, seconds: float) -> bool:
        return bool(select.select([self._descriptor], [], [], seconds)[0])


def program(pid: int) -> str:
    """The path of its file; of a plugin that the host runs from memory the name."""
    path = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
    return path.removeprefix("/memfd:patchbay:")


def environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def resident(pid: int) -> int:
    """Bytes of memory that are the process's own, not mapped from its file."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) << 10
    raise ProcessLookupError(pid)


def resident_together(pids: list[int]) -> int:
    """Of all that have not ended meanwhile."""
    total = 0
    for pid in pids:
        with contextlib.suppress(*_ENDED):
            total += resident(pid)
    return total


def memory_has(pid: int, needle: bytes) -> list[str]:
    """The mappings of a process's memory in which these bytes stand. Needs root."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, permissions, *rest = line.split()
            name = rest[-1] if len(rest) == 4 else ""
            if "r" not in permissions or name in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            if _range_has(memory.fileno(), start, end, needle):
                found.append(line)
    return found


def _range_has(file: int, start: int, end: int, needle: bytes) -> bool:
    overlap = len(needle) - 1
    for offset in range(start, end, _PIECE):
        try:
            piece = os.pread(file, min(_PIECE + overlap, end - offset), offset)
        except OSError:
            continue
        if needle in piece:
            return True
    return False


def _children(pid: int) -> list[int]:
    """Processes and threads come and go while they are looked at: who has ended has none."""
    children: list[int] = []
    with contextlib.suppress(*_ENDED):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(*_ENDED):
                children += map(int, (task / "children").read_text().split())
    return children

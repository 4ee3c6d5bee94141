# SPDX-License-Identifier: Apache-2.0
"""Reads what file-log wrote, waiting for the write itself (inotify), not for time."""

import ctypes
import json
import os
import select
import time
from pathlib import Path
from typing import Any

_IN_MODIFY = 0x2
_IN_CREATE = 0x100
_libc = ctypes.CDLL(None, use_errno=True)


class LogFile:
    """Entries are found by the header `x-test` of their request."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entry(self, test: str, timeout: float = 10) -> Any:
        return self.entries(test, 1, timeout)[0]

    def entries(self, test: str, count: int, timeout: float = 10) -> list[Any]:
        deadline = time.monotonic() + timeout
        watch = _libc.inotify_init1(os.O_NONBLOCK)
        try:
            mask = _IN_MODIFY | _IN_CREATE
            if _libc.inotify_add_watch(watch, str(self.path.parent).encode(), mask) < 0:
                raise OSError(ctypes.get_errno(), "inotify_add_watch")
            while True:
                found = [entry for entry in self._read() if _test_of(entry) == test]
                if len(found) >= count:
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or not select.select([watch], [], [], left)[0]:
                    raise AssertionError(
                        f"file-log wrote {len(found)} entries for {test}, expected {count}"
                    )
                os.read(watch, 65536)
        finally:
            os.close(watch)

    def _read(self) -> list[Any]:
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")
        # What follows the last line feed is still being written.
        return [json.loads(line) for line in lines[:-1]]


def _test_of(entry: Any) -> Any:
    return entry.get("request", {}).get("headers", {}).get("x-test")

# SPDX-License-Identifier: Apache-2.0
"""The `patchbay` command: what it prints, and how it ends."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .gateway import BINARY

TIMEOUT = 60.0


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.status == 0, self
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The one line that says why nothing was done."""
        assert self.status == 1, self
        assert self.out == "", self
        [line] = self.err.splitlines()
        assert line.startswith("patchbay: "), self
        return line.removeprefix("patchbay: ")

    @property
    def table(self) -> list[dict[str, str]]:
        """The rows below the titles; cells are two spaces apart."""
        lines = self.out.split("\n\n", 1)[-1].splitlines()
        titles = [title.strip() for title in lines[0].split("  ") if title.strip()]
        # A cell has at most single spaces in it, so that each line splits as its titles do.
        rows = [[c.strip() for c in line.split("  ") if c.strip()] for line in lines[1:]]
        return [dict(zip(titles, row, strict=True)) for row in rows if len(row) == len(titles)]


def patchbay(
    *arguments: str | Path, at: Path | None = None, environment: Mapping[str, str] | None = None
) -> Done:
    done = subprocess.run(
        [str(BINARY), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        cwd=at,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", **(environment or {})},
    )
    return Done(done.returncode, done.stdout, done.stderr)

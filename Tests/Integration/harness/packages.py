# SPDX-License-Identifier: Apache-2.0
"""Packages that a test installs for itself."""

import json
import subprocess
from pathlib import Path
from typing import Any

from .gateway import BINARY


def install(executable: Path, plugins: Path) -> None:
    command = [BINARY, "plugin", "install", executable, "--plugins", plugins]
    done = subprocess.run([*command, *interpreter(executable)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def interpreter(executable: Path) -> list[str]:
    """What the interpreter of a Python plugin reads, as options of `plugin install`."""
    with executable.open("rb") as file:
        line = file.readline(1024)
    if not line.startswith(b"#!") or b"python" not in line:
        return []
    program = line[2:].split()[0].decode()
    script = "import sys; print(sys.prefix, sys.base_prefix, sep='\\n')"
    places = set(subprocess.check_output([program, "-c", script], text=True).splitlines())
    return [option for place in sorted(places) for option in ("--allow", f"read:{place}")]


def grants(plugins: Path, *, without: str = "") -> dict[str, Any]:
    """`patchbay.processes` with all that the installed plugins ask for, but for one permission."""
    processes = {}
    for manifest in sorted(plugins.glob("*/*/manifest.json")):
        asked = json.loads(manifest.read_text()).get("permissions", [])
        granted = [permission for permission in asked if permission != without]
        processes[manifest.parts[-3]] = {"permissions": granted}
    return processes

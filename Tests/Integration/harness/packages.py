# SPDX-License-Identifier: Apache-2.0
"""Packages that a test installs for itself."""

import json
import subprocess
from pathlib import Path
from typing import Any

from .gateway import BINARY


def install(executable: Path, plugins: Path) -> None:
    command = [BINARY, "plugin", "install", executable, "--plugins", plugins]
    subprocess.run(command, check=True, capture_output=True)


def grants(plugins: Path, *, without: str = "") -> dict[str, Any]:
    """`patchbay.processes` with all that the installed plugins ask for, but for one permission."""
    processes = {}
    for manifest in sorted(plugins.glob("*/*/manifest.json")):
        asked = json.loads(manifest.read_text()).get("permissions", [])
        granted = [permission for permission in asked if permission != without]
        processes[manifest.parts[-3]] = {"permissions": granted}
    return processes

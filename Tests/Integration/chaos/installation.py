# SPDX-License-Identifier: Apache-2.0
"""Installs the plugins of the chaos tests: one executable with several identities, and the built-in ones."""

import re
import subprocess
from pathlib import Path

from harness.gateway import BINARY

HEADS = "chaos-heads"
LEDGER = "chaos-ledger"
LINES = "chaos-lines"
ECHO = "ai-echo"
LOG = "file-log"

# Where each stands in a chain. The built-in ones are at 769 and 9.
_PRIORITIES = {HEADS: 900, LEDGER: 800, LINES: 700}
_IDENTITY = re.compile(rb"chaos-plugin-identity:[^\0]*")


def install(folder: Path, scratch: Path) -> Path:
    """All plugins that a storm runs; gives the folder for `--plugins`."""
    for name in _PRIORITIES:
        install_chaos(name, folder, scratch)
    for name in (ECHO, LOG):
        _install(BINARY.with_name(name), folder)
    return folder


def install_chaos(
    name: str,
    folder: Path,
    scratch: Path,
    version: str = "1.0.0",
    state: int = 1,
    priority: int | None = None,
    flaw: str = "none",
) -> None:
    """The test plugin under a name and a version of its own.

    `state` is the version of its checkpoints' format, `flaw` what is wrong with it.
    """
    if priority is None:
        priority = _PRIORITIES[name]
    identity = (
        f"chaos-plugin-identity:name={name};version={version};state={state};priority={priority};flaw={flaw};"
    )
    program = BINARY.with_name("chaos").read_bytes()
    [found] = _IDENTITY.findall(program)
    assert len(identity) <= len(found), f"no room for {identity}"
    packed = scratch / f"{name}-{version}"
    packed.write_bytes(program.replace(found, identity.encode().ljust(len(found), b".")))
    packed.chmod(0o755)
    _install(packed, folder)


def _install(executable: Path, folder: Path) -> None:
    command: list[str | Path] = [BINARY, "plugin", "install", executable, "--plugins", folder]
    subprocess.run(command, check=True, capture_output=True)

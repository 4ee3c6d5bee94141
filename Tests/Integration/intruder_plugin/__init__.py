# SPDX-License-Identifier: Apache-2.0
"""A plugin that tries to leave its sandbox in the way that a request names."""

from pathlib import Path

from hostile_plugin import pack_python

_HERE = Path(__file__).parent


def pack(target: Path, folder: Path, permissions: list[str]) -> Path:
    """One executable file; its manifest asks for these permissions, and for those of its interpreter."""
    folder.mkdir()
    (folder / "permissions.txt").write_text("\n".join(permissions))
    return pack_python(target, folder, _HERE / "intruder.py")

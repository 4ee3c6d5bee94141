# SPDX-License-Identifier: Apache-2.0
"""A plugin that breaks the protocol in the way that its config names."""

import json
import shutil
import subprocess
import sys
import zipapp
from pathlib import Path

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]
_EXAMPLE = _ROOT / "plugins/examples/python-header"
# In the packed plugin the two stand side by side; a test that only wants the names finds it here.
sys.path.append(str(_EXAMPLE))


def pack(target: Path, folder: Path) -> Path:
    folder.mkdir()
    return pack_python(target, folder, _HERE / "hostile.py")


def pack_candidate(target: Path, folder: Path, name: str, version: str, manner: str) -> Path:
    """A plugin whose `manner` is one of `candidate.MANNERS`."""
    folder.mkdir()
    identity = {"name": name, "version": version, "manner": manner}
    (folder / "identity.json").write_text(json.dumps(identity))
    return pack_python(target, folder, _HERE / "candidate.py")


def pack_python(target: Path, folder: Path, plugin: Path) -> Path:
    """One executable file: the plugin, the example that it is made of, the protocol's descriptors, what is in the folder."""
    shutil.copy(plugin, folder)
    shutil.copy(_EXAMPLE / "python_header.py", folder)
    protoc = ["protoc", "-I", _ROOT / "proto", "--include_imports"]
    protoc += [f"--descriptor_set_out={folder / 'plugin.desc'}"]
    protoc += [f"patchbay/plugin/v1/{name}.proto" for name in ("control", "exchange", "services")]
    subprocess.run(protoc, check=True)
    zipapp.create_archive(folder, target, sys.executable, f"{plugin.stem}:run")
    return target

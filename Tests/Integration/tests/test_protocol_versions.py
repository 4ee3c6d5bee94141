# SPDX-License-Identifier: Apache-2.0
"""A plugin that speaks another version of the protocol: it is told apart before it serves, and the old one serves on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import Gateway, KongFile, request
from harness.command import Done, patchbay
from harness.packages import grants, install
from hostile_plugin import EXAMPLE, pack_python

PLUGIN = "python-header"


def packed(scratch: Path, version: str, *replaced: tuple[str, str]) -> Path:
    """The Python example as another version, with some of its text replaced."""
    text = (EXAMPLE / "python_header.py").read_text()
    for old, new in (('version="1.0.0"', f'version="{version}"'), *replaced):
        assert old in text, old
        text = text.replace(old, new)
    text = text.replace('"version": "1.0.0"', f'"version": "{version}"')
    folder = scratch / f"packed-{version}"
    folder.mkdir()
    plugin = scratch / "versioned.py"
    plugin.write_text(text)
    return pack_python(scratch / f"python-header-{version}", folder, plugin)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("versions")


@pytest.fixture(scope="module")
def candidates(scratch: Path) -> dict[str, Path]:
    return {
        "seven": packed(scratch, "2.0.0", ("<= 1 <=", "<= 7 <="), ("speaks version 1", "speaks 7")),
        "answers seven": packed(scratch, "2.1.0", ("(version=1,", "(version=7,")),
        "good": packed(scratch, "2.2.0"),
    }


@pytest.fixture
def gateway(scratch: Path, tmp_path: Path) -> Iterator[Gateway]:
    plugins = tmp_path / "plugins"
    install(packed(tmp_path, "1.0.1"), plugins)
    file = KongFile(processes=grants(plugins)).route("/a", {"name": PLUGIN})
    with Gateway(file, tmp_path, plugins=plugins) as running:
        yield running


def swap(gateway: Gateway, executable: Path) -> Done:
    admin = f"127.0.0.1:{gateway.admin_port}"
    return patchbay("plugin", "swap", PLUGIN, executable, "--admin", admin)


def serving(gateway: Gateway) -> list[Any]:
    processes = gateway.admin(f"/plugins/processes/{PLUGIN}")["data"]
    return [one["version"] for one in processes if one["role"] == "stable"]


@pytest.mark.parametrize(
    ("which", "reason"), [("seven", "speaks 7"), ("answers seven", "version-not-offered")]
)
def test_it_is_refused(
    gateway: Gateway, candidates: dict[str, Path], which: str, reason: str
) -> None:
    refusal = swap(gateway, candidates[which]).refusal
    assert reason in refusal, refusal
    # Nobody listens where the route leads, so the plugin had its say.
    assert request(gateway.address, "GET", "/a").status == 503
    assert serving(gateway) == ["1.0.1"]


def test_one_that_speaks_ours_takes_over(gateway: Gateway, candidates: dict[str, Path]) -> None:
    done = swap(gateway, candidates["good"])
    assert done.out.startswith(f"{PLUGIN} 2.2.0 serves; 1.0.1 finishes ("), done

# SPDX-License-Identifier: Apache-2.0
"""`patchbay plugin install`, `list`, `remove`: packages in a folder of the test's own."""

import hashlib
import json
from pathlib import Path

import pytest

from harness.command import Done, patchbay
from harness.gateway import PLUGINS

ECHO = next((PLUGINS / "ai-echo").glob("*/ai-echo"))
ECHO_VERSION = ECHO.parent.name


def plugin(*arguments: str | Path, at: Path) -> Done:
    return patchbay("plugin", *arguments, at=at)


def toy(directory: Path, version: str, name: str = "toy") -> Path:
    """An executable that only prints its manifest."""
    path = directory / f"{name}-{version}"
    manifest = json.dumps({"name": name, "version": version, "priority": 1})
    path.write_text(f"#!/bin/sh\necho '{manifest}'\n")
    path.chmod(0o755)
    return path


def test_an_executable_is_installed(tmp_path: Path) -> None:
    done = plugin("install", ECHO, at=tmp_path)
    assert done.status == 0, done
    folder = tmp_path / "plugins/ai-echo" / ECHO_VERSION
    assert done.out.startswith(
        f"installed ai-echo {ECHO_VERSION} in plugins/ai-echo/{ECHO_VERSION}\n"
    )
    digest = hashlib.sha256(ECHO.read_bytes()).hexdigest()
    assert (folder / "ai-echo").read_bytes() == ECHO.read_bytes()
    assert (folder / "ai-echo").stat().st_mode & 0o777 == 0o755
    assert folder.stat().st_mode & 0o777 == 0o755
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["sha256"], manifest["executable"]) == (digest, "ai-echo")
    assert sorted(path.name for path in folder.iterdir()) == ["ai-echo", "manifest.json"]
    [row] = done.table
    assert row["SHA256"] == digest[:16]
    assert row["SIGNED BY"] == "-"


def test_what_is_installed_is_listed(tmp_path: Path) -> None:
    assert plugin("list", at=tmp_path).out == "no package is installed in plugins\n"
    for version in ("1.9.0", "1.10.0"):
        assert plugin("install", toy(tmp_path, version), at=tmp_path).status == 0
    assert plugin("install", toy(tmp_path, "0.1.0", "another"), at=tmp_path).status == 0
    listed = [(row["NAME"], row["VERSION"]) for row in plugin("list", at=tmp_path).table]
    assert listed == [("another", "0.1.0"), ("toy", "1.10.0"), ("toy", "1.9.0")]
    answer = plugin("list", "--json", at=tmp_path).json
    assert answer["action"] == "list"
    assert answer["data"][1] == {
        "name": "toy",
        "version": "1.10.0",
        "executable": "plugins/toy/1.10.0/toy",
        "size": (tmp_path / "toy-1.10.0").stat().st_size,
        "sha256": hashlib.sha256((tmp_path / "toy-1.10.0").read_bytes()).hexdigest(),
        "signature": "none",
        "key_id": None,
        "signed_by": None,
        "problem": None,
    }


def test_a_broken_package_is_listed_as_one(tmp_path: Path) -> None:
    for version in ("1.0.0", "2.0.0"):
        plugin("install", toy(tmp_path, version), at=tmp_path)
    (tmp_path / "plugins/toy/2.0.0/manifest.json").write_text("{")
    done = plugin("list", at=tmp_path)
    assert [row["VERSION"] for row in done.table] == ["2.0.0", "1.0.0"]
    assert done.out.splitlines()[-1] == (
        "toy 2.0.0: plugins/toy/2.0.0/manifest.json is not a manifest: it is no JSON"
    )
    assert plugin("remove", "toy", "2.0.0", at=tmp_path).status == 0


def test_a_package_is_removed(tmp_path: Path) -> None:
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        plugin("install", toy(tmp_path, version), at=tmp_path)
    assert plugin("remove", "toy", at=tmp_path).refusal == (
        "several versions of plugin 'toy' are installed: 3.0.0, 2.0.0, 1.0.0; give one, or --all"
    )
    assert plugin("remove", "toy", "4.0.0", at=tmp_path).refusal == (
        "plugin 'toy' 4.0.0 is not installed in plugins; there are 3.0.0, 2.0.0, 1.0.0"
    )
    one = plugin("remove", "toy", "2.0.0", "--json", at=tmp_path).json
    assert [package["version"] for package in one["data"]] == ["2.0.0"]
    done = plugin("remove", "toy", "--all", at=tmp_path)
    assert done.out.startswith("removed toy 3.0.0, 1.0.0\n")
    assert list((tmp_path / "plugins").iterdir()) == []
    assert (
        plugin("remove", "toy", at=tmp_path).refusal == "plugin 'toy' is not installed in plugins"
    )
    assert "is no name of a plugin" in plugin("remove", "../toy", at=tmp_path).refusal


def test_the_only_version_needs_no_name(tmp_path: Path) -> None:
    plugin("install", toy(tmp_path, "1.0.0"), at=tmp_path)
    assert plugin("remove", "toy", at=tmp_path).status == 0
    assert not (tmp_path / "plugins/toy").exists()


def test_installing_again_replaces(tmp_path: Path) -> None:
    file = toy(tmp_path, "1.0.0")
    plugin("install", file, at=tmp_path)
    with file.open("a") as text:
        text.write("exit 0\n")
    [before] = plugin("list", "--json", at=tmp_path).json["data"]
    [after] = plugin("install", file, "--json", at=tmp_path).json["data"]
    assert before["sha256"] != after["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert sorted(path.name for path in (tmp_path / "plugins").iterdir()) == ["toy"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 3", "--manifest ended with status 3"),
        ("kill -SEGV $$", "--manifest was ended by signal 11"),
        ("echo hello", "is not a manifest: it is no JSON"),
        ("echo '[]'", "is not a manifest: it has no name or no version"),
        ("""echo '{"name":"../x","version":"1.0.0"}'""", "'../x' is no name of a plugin"),
        ("""echo '{"name":"x","version":"1.0"}'""", "is no semantic version"),
        ("""echo '{"name":"x","version":"../1.0.0"}'""", "is no semantic version"),
    ],
)
def test_what_is_no_plugin_is_not_installed(tmp_path: Path, script: str, reason: str) -> None:
    file = tmp_path / "file"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    assert reason in plugin("install", file, at=tmp_path).refusal
    assert not (tmp_path / "plugins").exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    refusal = plugin("install", "./nothing", at=tmp_path).refusal
    assert refusal == "./nothing: No such file or directory"
    (tmp_path / "text").write_text("x")
    assert plugin("install", "./text", at=tmp_path).refusal.startswith("./text: ")

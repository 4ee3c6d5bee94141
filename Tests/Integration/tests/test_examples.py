# SPDX-License-Identifier: Apache-2.0
"""The example plugins, as their authors would have them: built outside of the main package, installed, used."""

import subprocess
import sys
from pathlib import Path

import pytest

from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request
from harness.gateway import ROOT
from harness.packages import grants, install

EXAMPLES = ROOT / "plugins/examples"


def run(*command: str | Path, at: Path) -> None:
    done = subprocess.run(command, cwd=at, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"


def adds_its_header(name: str, plugins: Path, directory: Path, fake: FakeOpenAI) -> None:
    file = KongFile(processes=grants(plugins))
    file.route("/default", {"name": name}, url=fake.url)
    file.route("/named", {"name": name, "config": {"name": "x-team", "value": "é"}}, url=fake.url)
    with Gateway(file, directory, plugins=plugins) as gateway:
        headers = {"Authorization": f"Bearer {KEY}"}
        assert request(gateway.address, "GET", "/default/v1/models", None, headers).status == 200
        assert fake.last.header("x-hello") == "world"
        assert request(gateway.address, "GET", "/named/v1/models", None, headers).status == 200
        assert (fake.last.header("x-team") or "").encode("latin-1").decode() == "é"
        [process] = gateway.processes()
        assert process["plugin"] == name
        assert process["restarts"] == 0


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins"
    folder.mkdir()
    return folder


def test_the_swift_example(plugins: Path, tmp_path: Path, fake: FakeOpenAI) -> None:
    package = EXAMPLES / "add-header"
    run("swift", "test", "--quiet", at=package)
    run("swift", "build", "--quiet", "-c", "release", "--static-swift-stdlib", at=package)
    install(package / ".build/release/add-header", plugins)
    adds_its_header("add-header", plugins, tmp_path, fake)


def test_the_python_example(plugins: Path, tmp_path: Path, fake: FakeOpenAI) -> None:
    package = EXAMPLES / "python-header"
    run(package / "build.sh", sys.executable, at=package)
    install(package / "build/python-header", plugins)
    adds_its_header("python-header", plugins, tmp_path, fake)


def test_the_swift_example_is_short() -> None:
    lines = (EXAMPLES / "add-header/Sources/AddHeader/AddHeader.swift").read_text().splitlines()
    assert len(lines) < 25

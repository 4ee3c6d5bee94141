# SPDX-License-Identifier: Apache-2.0
"""What is granted, what is demanded, and what becomes of both on a machine that lacks something."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fake_openai import FakeOpenAI
from harness import Gateway
from harness.gateway import BINARY
from harness.older_kernel import PROGRAMS
from harness.packages import grants
from tests.test_sandbox import Scene, package, parts, scene_file


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A folder that the plugin may be granted."""
    folder = tmp_path / "granted"
    folder.mkdir()
    (folder / "file").write_text("known")
    return folder


def refusal(gateway: Gateway) -> str:
    with pytest.raises(RuntimeError, match="did not become ready"), gateway:
        pass
    return gateway.log_text


def test_what_is_granted_works(tmp_path: Path, secret: Path, fake: FakeOpenAI) -> None:
    other = tmp_path / "written"
    other.mkdir()
    plugins = package(tmp_path, "network", "processes", f"read:{secret}", f"write:{other}")
    with Gateway(scene_file(fake, plugins), tmp_path, plugins=plugins) as gateway:
        scene = Scene(gateway, fake, secret)
        assert scene.attempt("connect", fake.url.rpartition(":")[2]) == "done"
        assert scene.attempt("udp") == "done"
        assert scene.attempt("read", secret / "file") == "done"
        assert scene.attempt("list", secret) == "done"
        assert scene.attempt("write", other / "new") == "done"
        assert (other / "new").read_text() == "from a plugin"
        assert scene.attempt("run", "/bin/true") == "done"
        # And nothing else.
        for what in ("listen", "unix", "netlink", "raw", "session", "user-namespace", "mount"):
            assert scene.attempt(what) == "EPERM"
        if "landlock" in parts(scene):
            assert scene.attempt("write", secret / "file") == "EACCES"
            assert scene.attempt("read", "/etc/shadow") == "EACCES"
        if "landlock_scopes" in parts(scene):
            assert scene.attempt("kill", gateway.pid) == "EPERM"
        assert scene.process["restarts"] == 0
    assert (secret / "file").read_text() == "known"


@pytest.mark.parametrize("what", ["network", "processes", "read", "write"])
@pytest.mark.parametrize("command", ["check", "run"])
def test_what_is_not_granted_is_an_error_at_the_plugin(
    tmp_path: Path, secret: Path, fake: FakeOpenAI, what: str, command: str
) -> None:
    permission = what if what in ("network", "processes") else f"{what}:{secret}"
    plugins = package(tmp_path, permission)
    file = scene_file(fake, plugins)
    file.patchbay["processes"] = grants(plugins, without=permission)
    arguments = [BINARY, command, file.write(tmp_path / "kong.yml"), "--plugins", plugins]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    wanted = f"services[0].plugins[0]: plugin 'intruder' asks for '{permission}'"
    assert wanted in done.stderr
    assert "patchbay.processes.intruder.permissions does not grant" in done.stderr


def test_a_path_that_is_not_there_is_named(tmp_path: Path, fake: FakeOpenAI) -> None:
    missing = tmp_path / "nowhere"
    plugins = package(tmp_path, f"read:{missing}")
    text = refusal(Gateway(scene_file(fake, plugins), tmp_path, plugins=plugins))
    assert f"its permission for {missing} cannot be given: No such file or directory" in text


@pytest.mark.parametrize("lacking", PROGRAMS)
def test_a_sandbox_that_is_required_is_there_or_nothing_is(
    tmp_path: Path, fake: FakeOpenAI, lacking: str
) -> None:
    plugins = package(tmp_path)
    file = scene_file(fake, plugins, sandbox="required")
    text = refusal(Gateway(file, tmp_path, plugins=plugins, lacking=lacking))
    assert f"patchbay.sandbox is required, and this machine lacks of it: {lacking}" in text


@contextmanager
def partly_confined(
    tmp_path: Path, fake: FakeOpenAI, lacking: str
) -> Iterator[tuple[Gateway, Scene, dict[str, Any]]]:
    """A gateway on a kernel that lacks a part, and what it says of the sandbox of its process."""
    plugins = package(tmp_path)
    file = scene_file(fake, plugins)
    with Gateway(file, tmp_path, plugins=plugins, lacking=lacking) as gateway:
        scene = Scene(gateway, fake, tmp_path)
        sandbox = scene.process["sandbox"]
        assert isinstance(sandbox, dict)
        assert sandbox["level"] == "partial"
        yield gateway, scene, sandbox


def test_without_landlock_there_are_still_the_other_parts(tmp_path: Path, fake: FakeOpenAI) -> None:
    with partly_confined(tmp_path, fake, "landlock") as (gateway, scene, sandbox):
        assert {"landlock", "landlock_tcp", "landlock_scopes"} <= {*sandbox["missing"]}
        gateway.wait_for_log("this machine has no full sandbox for the plugin")
        for what in ("listen", "fork", "exec", "mount", "bpf", "shared-memory"):
            assert scene.attempt(what, "/bin/sh") == "EPERM"
        assert scene.attempt("kill", gateway.pid) == "EPERM"
        assert scene.attempt("mode", gateway.plugins) == "EPERM"


def test_without_seccomp_there_are_still_the_other_parts(tmp_path: Path, fake: FakeOpenAI) -> None:
    with partly_confined(tmp_path, fake, "seccomp") as (_, scene, sandbox):
        assert "seccomp" in sandbox["missing"]
        if "landlock" in sandbox["parts"]:
            assert scene.attempt("read", "/etc/shadow") == "EACCES"


def test_off_is_off(tmp_path: Path, secret: Path, fake: FakeOpenAI) -> None:
    plugins = package(tmp_path)
    file = scene_file(fake, plugins, sandbox="off")
    with Gateway(file, tmp_path, plugins=plugins) as gateway:
        scene = Scene(gateway, fake, secret)
        assert scene.process["sandbox"] == {
            "level": "none", "parts": ["no_new_privs"], "missing": [],
        }  # fmt: skip
        assert scene.attempt("read", secret / "file") == "done"
        assert scene.attempt("listen") == "done"
        assert scene.attempt("fork") == "done"
        # Its limits and its folder are not the sandbox's.
        assert scene.attempt("own-folder") == "done"


def test_nothing_is_left_of_its_folder(tmp_path: Path, fake: FakeOpenAI) -> None:
    plugins = package(tmp_path)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    file = scene_file(fake, plugins, sandbox="off")
    environment = {"TMPDIR": str(temporary)}
    with Gateway(file, tmp_path, environment, plugins=plugins) as gateway:
        scene = Scene(gateway, fake, tmp_path)
        assert scene.attempt("own-folder") == "done"
        [folder] = temporary.glob("patchbay-*/intruder-1")
        assert (folder / "folder/own").read_text() == "from a plugin"
        assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert list(temporary.iterdir()) == []

# SPDX-License-Identifier: Apache-2.0
"""A plugin that tries what it may not: the kernel says no, the log says so, and everything else goes on."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request
from harness.packages import grants, install
from intruder_plugin import pack

HEADERS = {"Authorization": f"Bearer {KEY}"}
MODELS = "/v1/models"
INTRUDER = {"name": "intruder", "config": {}}


def package(folder: Path, *permissions: str) -> Path:
    """A folder of packages with the intruder in it."""
    executable = pack(folder / "intruder", folder / "packed", list(permissions))
    install(executable, folder / "installed")
    return folder / "installed"


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("intruder"))


@dataclass
class Scene:
    """A gateway whose plugin is the intruder, and what is around it."""

    gateway: Gateway
    fake: FakeOpenAI
    secret: Path

    def attempt(self, what: str, on: object = "") -> str | None:
        query = urlencode({"attempt": what, "on": on})
        path = f"/intruder{MODELS}?{query}"
        response = request(self.gateway.address, "GET", path, None, HEADERS)
        assert response.status == 200, response
        outcome = self.fake.last.header("x-result")
        self.gateway.wait_for_log(f"{what}: {outcome}")
        return outcome

    @property
    def process(self) -> dict[str, object]:
        [only] = self.gateway.processes()
        return dict(only)


def scene_file(fake: FakeOpenAI, plugins: Path, **patchbay: object) -> KongFile:
    file = KongFile(processes=grants(plugins), **patchbay)
    return file.route("/intruder", INTRUDER, url=fake.url).route("/plain", url=fake.url)


@pytest.fixture(scope="module")
def scene(
    plugins: Path, tmp_path_factory: pytest.TempPathFactory, shared_fake: FakeOpenAI
) -> Iterator[Scene]:
    directory = tmp_path_factory.mktemp("scene")
    secret = directory / "secret"
    secret.write_text("what no plugin may know")
    with Gateway(scene_file(shared_fake, plugins), directory, plugins=plugins) as gateway:
        yield Scene(gateway, shared_fake, secret)
        assert secret.read_text() == "what no plugin may know"
        assert secret.stat().st_mode & 0o777 == 0o644


def parts(scene: Scene) -> list[str]:
    sandbox = scene.process["sandbox"]
    assert isinstance(sandbox, dict)
    return list(sandbox["parts"])


def needs(scene: Scene, part: str) -> None:
    if part not in parts(scene):
        pytest.skip(f"the kernel of this machine has no {part}: {scene.process['sandbox']}")


@pytest.mark.parametrize(
    "what", ["udp", "unix", "netlink", "raw", "datagram-pair", "listen", "listen-at-a-pair"]
)
def test_it_gets_no_socket(scene: Scene, what: str) -> None:
    assert scene.attempt(what) == "EPERM"


def test_it_cannot_connect(scene: Scene) -> None:
    assert scene.attempt("connect", scene.fake.url.rpartition(":")[2]) == "EPERM"


@pytest.mark.parametrize("what", ["read", "read-by-a-link", "write", "remove"])
def test_it_cannot_reach_a_file(scene: Scene, what: str) -> None:
    needs(scene, "landlock")
    assert scene.attempt(what, scene.secret) == "EACCES"


@pytest.mark.parametrize("what", ["mode", "times", "empty", "empty-by-reading"])
def test_it_cannot_change_a_file(scene: Scene, what: str) -> None:
    assert scene.attempt(what, scene.secret) == "EPERM"


@pytest.mark.parametrize("path", ["/etc/shadow", "/etc/passwd", "/proc/1/environ", "/root/.bashrc"])
def test_it_cannot_read_what_is_the_machines(scene: Scene, path: str) -> None:
    needs(scene, "landlock")
    assert scene.attempt("read", path) in {"EACCES", "ENOENT"}
    if Path(path).exists():
        assert scene.attempt("read", path) == "EACCES"


def test_it_sees_neither_the_host_nor_its_neighbours(scene: Scene) -> None:
    needs(scene, "landlock")
    assert scene.attempt("read", f"/proc/{scene.gateway.pid}/environ") == "EACCES"
    for folder in ("/", "/etc", "/tmp", "/root", "/proc", scene.gateway.directory):
        assert scene.attempt("list", folder) == "EACCES"
    assert scene.attempt("write", scene.gateway.plugins / "intruder/1.0.0/intruder") == "EACCES"


@pytest.mark.parametrize("what", ["ptrace", "peek", "kill", "slow-down", "pin", "limit"])
def test_it_cannot_touch_the_host_or_the_spawner(scene: Scene, what: str) -> None:
    spawner = int(Path(f"/proc/{scene.process['pid']}/stat").read_text().split()[3])
    assert spawner != scene.gateway.pid
    for victim in (scene.gateway.pid, spawner):
        assert scene.attempt(what, victim) == "EPERM"


@pytest.mark.parametrize(
    "what", ["fork", "fork-without-a-library", "kill-all", "outlive", "session", "user-namespace"]
)
def test_it_stays_one_process(scene: Scene, what: str) -> None:
    assert scene.attempt(what) == "EPERM"


@pytest.mark.parametrize("what", ["exec", "exec-again"])
def test_it_executes_nothing(scene: Scene, what: str) -> None:
    assert scene.attempt(what, "/bin/sh") == "EPERM"


@pytest.mark.parametrize(
    "what",
    ["mount", "root", "user", "keys", "bpf", "io-uring", "watch"]
    + ["shared-memory", "growing-memory", "memory-file"],
)
def test_it_has_no_way_around(scene: Scene, what: str) -> None:
    assert scene.attempt(what, "/usr") == "EPERM"


def test_system_calls_that_nobody_has_reviewed_are_not_there(scene: Scene) -> None:
    assert scene.attempt("newer-than-the-filter") == "ENOSYS"


def test_it_has_threads_and_a_folder_of_its_own(scene: Scene) -> None:
    assert scene.attempt("thread") == "done"
    assert scene.attempt("own-folder") == "done"
    assert scene.attempt("large-file") in {"EFBIG", "ENOSPC"}


def test_its_threads_are_bounded(scene: Scene) -> None:
    needs(scene, "threads")
    # Each is there until there is no more; all end then, and it may begin anew.
    assert scene.attempt("threads") == "512"
    assert scene.attempt("threads") == "512"
    assert scene.attempt("thread") == "done"


def test_all_that_was_the_same_process(scene: Scene) -> None:
    process = scene.process
    assert process["restarts"] == 0
    sandbox = process["sandbox"]
    assert isinstance(sandbox, dict)
    known = {"no_new_privs", "capabilities", "landlock", "landlock_tcp", "landlock_scopes"}
    known |= {"seccomp", "namespaces", "threads"}
    assert {*sandbox["parts"], *sandbox["missing"]} == known
    needed = {"no_new_privs", "capabilities", "landlock", "seccomp"}
    assert sandbox["level"] == ("full" if needed <= {*sandbox["parts"]} else "partial")


class Traffic:
    """Requests to another route, one after the other, until it is left."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._stop = threading.Event()
        self.statuses: list[int] = []
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            answer = request(self._gateway.address, "GET", f"/plain{MODELS}", None, HEADERS)
            self.statuses.append(answer.status)

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)


def test_a_bomb_ends_its_own_process_only(plugins: Path, tmp_path: Path, fake: FakeOpenAI) -> None:
    file = scene_file(fake, plugins)
    file.patchbay["processes"]["intruder"]["memory"] = "128MiB"
    with Gateway(file, tmp_path, plugins=plugins) as gateway, Traffic(gateway) as traffic:
        path = f"/intruder{MODELS}?{urlencode({'attempt': 'memory'})}"
        assert request(gateway.address, "GET", path, None, HEADERS).status == 503
        gateway.wait_for_log("MemoryError")
        gateway.wait_for_log("plugin process exited with status 1")
        answer = request(gateway.address, "GET", f"/intruder{MODELS}", None, HEADERS)
        assert answer.status == 200, answer
    assert traffic.statuses
    assert set(traffic.statuses) == {200}

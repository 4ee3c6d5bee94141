# SPDX-License-Identifier: Apache-2.0
"""Swaps to versions that stop on their way up: each is refused with its stage and what to do, and the old one serves."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile
from harness.asking import Asking
from harness.command import Done, patchbay
from harness.packages import grants, install
from hostile_plugin import pack_candidate

HEADERS = {"Authorization": f"Bearer {KEY}"}
PATH = "/all/v1/models"
# What is said of each manner, and of what to do about it.
REFUSALS = {
    "no-greeting": "did not answer the greeting within 5 s; is it a plugin for this host?",
    "another-protocol": "this plugin speaks version 7; upgrade the host",
    "unasked-protocol": (
        "the host speaks versions 1 of the protocol, the plugin 7; upgrade the host"
    ),
    "no-configuration": (
        "did not answer the configuration within 10 s; "
        "what it does to check a configuration takes too long"
    ),
}
# Each is another plugin, so that their stages' time limits pass side by side.
NAMES = {manner: f"candidate-{manner}" for manner in REFUSALS}


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("candidates")
    for manner, name in NAMES.items():
        # The newest is the one that is started.
        for version, kind in (("1.0.0", manner), ("2.0.0", "polite")):
            packed = f"{name}-{version}"
            install(
                pack_candidate(scratch / packed, scratch / f"{packed}-parts", name, version, kind),
                scratch / "installed",
            )
    return scratch / "installed"


def test_the_old_version_serves_on(plugins: Path, tmp_path: Path, fake: FakeOpenAI) -> None:
    file = KongFile(processes=grants(plugins))
    entries = [{"name": name, "config": {"name": f"x-{name}"}} for name in NAMES.values()]
    file.route("/all", *entries, url=fake.url)
    with Gateway(file, tmp_path, plugins=plugins) as gateway:
        before = processes(gateway)
        admin = f"127.0.0.1:{gateway.admin_port}"

        def swap(name: str) -> Done:
            return patchbay("plugin", "swap", name, "1.0.0", "--admin", admin)

        with Asking(gateway, PATH, HEADERS) as asking, ThreadPoolExecutor(len(NAMES)) as threads:
            swaps = dict(zip(NAMES, threads.map(swap, NAMES.values()), strict=True))
        for manner, name in NAMES.items():
            assert swaps[manner].refusal == f"{name} 1.0.0 does not work: {REFUSALS[manner]}"
        assert len(asking.statuses) > 10 and set(asking.statuses) == {200}
        # Every one of them went through all four, as they were.
        for received in fake.requests:
            assert all(received.header(f"x-{name}") == "world" for name in NAMES.values())
        assert processes(gateway) == before


def processes(gateway: Gateway) -> dict[str, tuple[str, str, int, int]]:
    """Of each plugin its only process: version, state, pid, restarts."""
    data = gateway.processes()
    return {
        one["plugin"]: (one["version"], one["state"], one["pid"], one["restarts"])
        for one in data
        if one["role"] == "stable"
    }

# SPDX-License-Identifier: Apache-2.0
"""What the build makes: programs that need no Swift beside them, small, and ready at once."""

import subprocess
import time
from pathlib import Path

import pytest

from fake_openai import FakeOpenAI
from harness import KongFile, ai_proxy, file_log
from harness.gateway import BINARY, PLUGINS
from tests.conftest import StartGateway

MEGABYTE = 1 << 20
BUILTIN = ["ai-echo", "ai-proxy", "file-log"]


def executable(plugin: str) -> Path:
    [path] = PLUGINS.glob(f"{plugin}/*/{plugin}")
    return path


def programs() -> list[Path]:
    return [BINARY, *(executable(name) for name in BUILTIN)]


def test_programs_are_stripped_and_bring_their_runtime() -> None:
    for path in programs():
        symbols = subprocess.run(["nm", path], capture_output=True, text=True)
        assert "no symbols" in symbols.stderr, path
        dynamic = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True)
        assert "libswift" not in dynamic.stdout, path
        assert "Foundation" not in dynamic.stdout, path


def test_plugins_are_small(start_gateway: StartGateway, fake: FakeOpenAI, tmp_path: Path) -> None:
    for name in BUILTIN:
        assert executable(name).stat().st_size < 16 * MEGABYTE, name
    file = KongFile().route("/chat", ai_proxy(fake.url), file_log(tmp_path / "log"))
    with start_gateway(file) as gateway:
        for process in gateway.processes():
            assert 0 < process["rss"] < 24 * MEGABYTE, process


@pytest.mark.parametrize("tries", [5])
def test_the_gateway_is_ready_in_300_milliseconds_with_two_plugins(
    start_gateway: StartGateway, fake: FakeOpenAI, tmp_path: Path, tries: int
) -> None:
    """The best of a few: what is tested is the program, not how busy the machine is."""
    file = KongFile().route("/chat", ai_proxy(fake.url), file_log(tmp_path / "log"))
    times = []
    for _ in range(tries):
        started = time.monotonic()
        with start_gateway(file):
            times.append(time.monotonic() - started)
    assert min(times) < 0.3, times

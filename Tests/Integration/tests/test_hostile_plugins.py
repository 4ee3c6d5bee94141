# SPDX-License-Identifier: Apache-2.0
"""A plugin that breaks the protocol: its call fails in a defined way, and nobody else notices."""

import re
from pathlib import Path

import pytest

from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request
from harness.packages import grants, install
from hostile_plugin import pack
from hostile_plugin.hostile import FRAMES, REPLIES

HEADERS = {"Authorization": f"Bearer {KEY}"}
MODELS = "/v1/models"
# The process has said something that no plugin may say, and is replaced; the second one says it too.
KILLED = {*FRAMES, "another-exchange", "another-attempt", "splice-out-of-bounds"}
KILLED |= {"splice-of-all-numbers", "insert-without-bytes", "body-without-bytes", "log-file-of-another"}
KILLED |= {"edits-and-a-bad-splice", "splice-of-an-unseen-body", "checkpoint-beyond-the-limit"}
# Not these: what comes behind a whole reply is late, not wrong; a service that may not be asked for is refused.
KILLED -= {"twice", "undeclared-service"}
HARMLESS = {"polite", "twice", "metric-that-is-no-number", "undeclared-service"}


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugins")
    executable = pack(folder / "hostile", folder / "packed")
    install(executable, folder / "installed")
    return folder / "installed"


def route(file: KongFile, manner: str, url: str) -> None:
    file.route(f"/{manner}", {"name": "hostile", "config": {"name": manner}}, url=url)


@pytest.mark.parametrize("manner", [*FRAMES, *REPLIES])
def test_only_its_own_call_suffers(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, manner: str
) -> None:
    # With a second loop the polite call may still find the bad process's other connection, which dies a moment later.
    file = KongFile(workers=1, processes=grants(plugins)).route("/plain", url=fake.url)
    for name in {manner, "polite"}:
        route(file, name, fake.url)
    with Gateway(file, tmp_path, plugins=plugins) as gateway:
        response = request(gateway.address, "GET", f"/{manner}{MODELS}", None, HEADERS)
        expected = {200} if manner in HARMLESS else {500, 503}
        assert response.status in expected, response
        for received in fake.requests:
            assert received.header("x-refused") in {None, manner}, received
            assert not re.search("evil", received.target + str(received.headers)), received
        # Without the plugin, and with it when it behaves: as if nothing had been.
        assert request(gateway.address, "GET", f"/plain{MODELS}", None, HEADERS).status == 200
        assert request(gateway.address, "GET", f"/polite{MODELS}", None, HEADERS).status == 200
        assert gateway.admin("/status")["gateway"]["in_flight"] == 0
        [process] = gateway.processes()
        assert process["state"] == "ready"
        assert process["restarts"] == (2 if manner in KILLED else 0), process

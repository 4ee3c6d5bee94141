# SPDX-License-Identifier: Apache-2.0
"""A request that a plugin dies of: it is failed after the second process, and nobody else is."""

from pathlib import Path

import pytest

from chaos.installation import install_chaos
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request

HEADERS = {"Authorization": f"Bearer {KEY}"}
MODELS = "/v1/models"
ERRORS = "chaos-errors"
POISON = "chaos-poison"


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("chaos")
    install_chaos(ERRORS, scratch / "plugins", scratch, priority=950)
    install_chaos(POISON, scratch / "plugins", scratch, priority=900)
    return scratch / "plugins"


@pytest.mark.parametrize("instances", [1, 3])
def test_a_request_that_kills_two_processes_is_failed(
    plugins: Path, tmp_path: Path, fake: FakeOpenAI, instances: int
) -> None:
    file = KongFile(processes={POISON: {"instances": instances}})
    errors = {"name": ERRORS, "config": {"does": "errors"}}
    poison = {"name": POISON, "config": {"does": "poison"}}
    file.route("/poisoned", errors, poison, url=fake.url)
    path = f"/poisoned{MODELS}"
    with Gateway(file, tmp_path, plugins=plugins) as gateway:
        assert request(gateway.address, "GET", path, None, HEADERS).status == 200
        response = request(gateway.address, "GET", path, None, {**HEADERS, "x-poison": "1"})
        assert (response.status, response.body) == (503, b'{"code":"plugin_died"}')
        assert len(fake.requests) == 1, "a request went out without its plugin's answer"
        for _ in range(5):
            assert request(gateway.address, "GET", path, None, HEADERS).status == 200
        processes = [
            one for one in gateway.admin("/plugins/processes")["data"] if one["plugin"] == POISON
        ]
        assert sum(one["restarts"] for one in processes) <= 2
        assert "poisoned by a test" in str([one["last_lines"] for one in processes]), processes

# SPDX-License-Identifier: Apache-2.0
"""Every scenario with every provider, through one gateway: the table of docs/providers.md."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from fake_provider import FakeProvider
from harness import Gateway, KongFile
from harness.command import patchbay
from harness.gateway import PLUGINS
from scenarios import document, outcome, routes, table
from scenarios.bench import Bench
from scenarios.case import ProviderCase
from scenarios.scenario import Scenario


@dataclass
class Stand:
    gateway: Gateway
    fakes: dict[str, FakeProvider]
    directory: Path


@pytest.fixture(scope="module")
def stand(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stand]:
    directory = tmp_path_factory.mktemp("providers")
    cases = _selected(request.session)
    with ExitStack() as stack:
        fakes = {case.name: stack.enter_context(case.fake()) for case in cases}
        environment = {name: value for case in cases for name, value in case.environment.items()}
        file = routes.kong_file(cases, fakes, directory)
        gateway = stack.enter_context(Gateway(file, directory, environment))
        yield Stand(gateway, fakes, directory)


def _selected(session: pytest.Session) -> list[ProviderCase]:
    """Those that this run asks for: the others need not be configured."""
    names = {
        cast(ProviderCase, item.callspec.params["case"]).name
        for item in session.items
        if isinstance(item, pytest.Function) and "stand" in item.fixturenames
    }
    return [case for case in table.CASES if case.name in names]


@pytest.mark.parametrize("case", table.CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("scenario", table.SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_provider(stand: Stand, scenario: Scenario, case: ProviderCase) -> None:
    fake = stand.fakes[case.name]
    fake.reset()
    log = routes.log_file(case, stand.directory)
    bench = Bench(case, stand.gateway, fake, log, f"{scenario.name}-{case.name}")
    outcome.run(scenario, bench, table.cell(scenario, case))


def test_every_cell_is_of_a_scenario() -> None:
    table.check()


# Only the configuration knows their addresses, and what is there.
SELF_HOSTED = ("llama2", "ollama", "vllm")


def test_an_api_that_a_provider_does_not_offer_is_an_error_of_the_configuration(
    tmp_path: Path,
) -> None:
    file = KongFile()
    expected: list[str] = []
    environment: dict[str, str] = {}
    for case in table.CASES:
        for operation, (_, route_type) in routes.OPERATIONS.items():
            if case.provider in SELF_HOSTED or _offers(case.provider, operation):
                continue
            place = f"services[{len(expected)}].plugins[0].config.route_type"
            expected.append(f"{place}: provider '{case.provider}' does not offer {route_type}")
            file.route(f"/{case.name}/{operation}", routes.ai_proxy(case, None, operation, "m"))
            environment.update(case.environment)
    assert expected
    path = file.write(tmp_path / "kong.yml")
    done = patchbay("check", path, "--plugins", PLUGINS, environment=environment)
    assert done.status == 1
    lines = [line.partition(" (line")[0] for line in (done.out + done.err).splitlines()]
    assert [line for line in lines if line.startswith("services[")] == expected


def _offers(provider: str, operation: str) -> bool:
    """In any of its columns."""
    cases = (case for case in table.CASES if case.provider == provider)
    return any(case.model_of(operation) is not None for case in cases)


def test_the_document_is_current() -> None:
    assert document.PATH.read_text() == document.text(), f"write it again: {document.COMMAND}"

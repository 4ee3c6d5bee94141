# SPDX-License-Identifier: Apache-2.0
"""Each plugin has a page: its table is current, its examples are right, the first one is run."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness import Gateway
from harness.command import patchbay
from harness.gateway import PLUGINS
from plugin_pages import config_table, page, session
from plugin_pages.pack import Pack, packs
from plugin_pages.page import COMMAND, Page
from plugin_pages.stage import Stage

PAGES = page.pages()
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.plugin)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture(scope="module")
def gateways(
    stage: Stage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Gateway]]:
    """The gateway of each page's first example; many share one."""
    examples = [(one.plugin, _completed(one, stage)[0]) for one in PAGES if one.configurations]
    with ExitStack() as stack:
        running = {}
        for pack in packs(examples):
            folder = tmp_path_factory.mktemp("pages")
            gateway = Gateway(pack.file, folder, stage.environment(pack.file.text))
            stack.enter_context(gateway)
            running.update(dict.fromkeys(pack.names, gateway))
        yield running


@each_page
def test_the_table_is_current(page: Page) -> None:
    assert page.path.exists(), f"{page.plugin} has no page {page.path}"
    assert page.text == page.current, f"write it again: {COMMAND}"


@each_page
def test_every_field_says_what_it_is_for(page: Page) -> None:
    fields = config_table.undescribed(page.manifest["configSchema"])
    assert not fields, f"in the schema of {page.plugin} `.describe` these: {', '.join(fields)}"


@each_page
def test_the_first_example_does_what_the_page_shows(
    page: Page, gateways: dict[str, Gateway], stage: Stage
) -> None:
    assert page.configurations, f"{page.path} has no block of yaml with a configuration"
    steps = session.steps(page.session)
    assert steps, f"{page.path} has no block of `console` with a request and what it gets"
    for step in steps:
        session.run(step, page.plugin, gateways[page.plugin], stage)


def test_every_example_is_a_configuration(stage: Stage, tmp_path: Path) -> None:
    examples = [
        (f"{one.plugin}-{number}", example)
        for one in PAGES
        for number, example in enumerate(_completed(one, stage), 1)
    ]
    for pack in packs(examples):
        if _check(pack, stage, tmp_path):
            # Each alone, to tell whose it is.
            for name, example in examples:
                problems = _check(packs([(name, example)])[0], stage, tmp_path)
                assert not problems, f"example {name} of its page:\n{problems}"
            raise AssertionError(f"together they are refused:\n{_check(pack, stage, tmp_path)}")


def _completed(page: Page, stage: Stage) -> list[dict[str, Any]]:
    return [stage.complete(page.plugin, example) for example in page.configurations]


def _check(pack: Pack, stage: Stage, directory: Path) -> str:
    """What `patchbay check` finds."""
    file = pack.file.write(directory / "kong.yml")
    environment = stage.environment(pack.file.text)
    done = patchbay("check", file, "--plugins", PLUGINS, environment=environment)
    return "" if done.status == 0 else done.out + done.err

# SPDX-License-Identifier: Apache-2.0
"""What AI plugins say of an exchange is in every log, and the same in each."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from fake_content_safety import KEY as SAFETY_KEY
from fake_content_safety import FakeContentSafety
from fake_openai import FakeOpenAI, Plan
from harness import Gateway, KongFile, LogFile, ai_proxy, file_log, request
from harness.collectors import (
    Collected,
    Entry,
    HTTPCollector,
    LineCollector,
    Posted,
    SyslogCollector,
)
from harness.kong import Record
from harness.sdk import user

from . import test_ai_prompt_edits as edits
from . import test_ai_prompt_guard as prompts
from . import test_content_safety as safe
from . import test_http_log as http
from . import test_syslog as system
from . import test_tcp_log as tcp
from . import test_transformers as transformers
from .conftest import ENVIRONMENT

T = TypeVar("T")

BODY = {"messages": user("the secret of ann@example.com")}
LOGS = ("file-log", "http-log", "tcp-log", "syslog")
# Of each plugin something that it says, below `ai`.
SAID = {
    "ai-proxy": ("proxy", "usage", "total_tokens"),
    "ai-request-transformer": ("ai-request-transformer", "usage", "total_tokens"),
    "ai-response-transformer": ("ai-response-transformer", "usage", "total_tokens"),
    "ai-sanitizer": ("sanitizer", "sanitized_items"),
    "ai-azure-content-safety": ("proxy", "azure-content-safety", "mode"),
    "ai-prompt-guard": ("proxy", "prompt-guard", "input_block_reason"),
    "ai-prompt-template": ("payload", "original_request"),
}


@dataclass
class World:
    gateway: Gateway
    # By the log's name: the entry of a test's request.
    entries: dict[str, Callable[[str], Entry]]


def collected(come: Collected[T], read: Callable[[T], Entry]) -> Callable[[str], Entry]:
    """Waits for the entry of a test."""

    def entry(test: str) -> Entry:
        def of_test(all: list[T]) -> list[Entry]:
            found = map(read, all)
            return [one for one in found if one["request"]["headers"]["x-test"] == test]

        [only] = of_test(come.wait(lambda all: bool(of_test(all))))
        return only

    return entry


def posted(one: Posted) -> Entry:
    entry: Entry = one.body
    return entry


def plugins(model: FakeOpenAI, safety: FakeContentSafety) -> list[Record]:
    return [
        transformers.by_openai("request", model),
        transformers.by_openai("response", model),
        {"name": "ai-sanitizer", "config": {"anonymize": ["email"]}},
        safe.guard(safety),
        prompts.guard(),
        edits.template(log_original_request=True),
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A route for each AI plugin; each route has all logs."""
    folder = tmp_path_factory.mktemp("ai-logs")
    with ExitStack() as stack:
        upstream, model = (stack.enter_context(FakeOpenAI()) for _ in range(2))
        # What it makes of a request goes on.
        model.always(lambda: Plan(tokens=[json.dumps(BODY)]))
        safety = stack.enter_context(FakeContentSafety(SAFETY_KEY))
        posts = stack.enter_context(HTTPCollector())
        lines = stack.enter_context(LineCollector())
        messages = stack.enter_context(SyslogCollector(folder / "syslog"))
        logs = [
            file_log(folder / "file.log"),
            http.http_log(posts.url),
            tcp.tcp_log(lines.port),
            system.syslog(folder / "syslog"),
        ]
        proxy = ai_proxy(f"{upstream.url}/v1/chat/completions")
        file = KongFile().route("/ai-proxy", proxy, *logs)
        for plugin in plugins(model, safety):
            file.route(f"/{plugin['name']}", plugin, proxy, *logs)
        environment = ENVIRONMENT | {"SAFETY_KEY": SAFETY_KEY}
        gateway = stack.enter_context(Gateway(file, folder, environment))
        entries = (
            LogFile(folder / "file.log").entry,
            collected(posts.posted, posted),
            collected(lines.lines, lambda line: line),
            collected(messages.messages, lambda message: system.parsed(message)[2]),
        )
        yield World(gateway, dict(zip(LOGS, entries, strict=True)))


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("plugin", SAID)
def test_every_log_has_the_block_of_every_ai_plugin(
    world: World, test_id: str, plugin: str, log: str
) -> None:
    answer = request(world.gateway.address, "POST", f"/{plugin}", BODY, {"x-test": test_id})
    assert answer.status == (400 if plugin == "ai-prompt-guard" else 200), answer
    block = world.entries[log](test_id)["ai"]
    assert block == world.entries["file-log"](test_id)["ai"]
    said: Any = block
    for name in SAID[plugin]:
        said = said[name]
    assert said

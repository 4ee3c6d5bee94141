# SPDX-License-Identifier: Apache-2.0
"""The chain as people use it, from a key to the log; its plugins are killed and swapped."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import openai
import pytest

from fake_openai import FakeOpenAI, Gate
from harness import Gateway, KongFile, LogFile, ai_proxy, file_log, request
from harness.gateway import PLUGINS
from harness.packages import install
from harness.sdk import client, numbered, text_of, user
from tests.conftest import ENVIRONMENT

KEY = "key-of-alice"
CONSUMERS = [{"username": "alice", "keyauth_credentials": [{"key": KEY}]}]
RULES = {"role": "system", "content": "Be brief."}
CONFIGS: dict[str, dict[str, Any]] = {
    "key-auth": {},
    "ai-sanitizer": {"anonymize": ["email"]},
    "ai-prompt-template": {
        "templates": [
            {"name": "ask", "template": '{"messages": [{"role": "user", "content": "{{q}}"}]}'}
        ],
        "allow_untemplated_requests": True,
    },
    "ai-prompt-decorator": {"prompts": {"prepend": [RULES]}},
    "ai-prompt-guard": {"deny_patterns": ["forbidden"]},
}
CHAIN = [*CONFIGS, "ai-proxy", "file-log"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chain")


@pytest.fixture(scope="module")
def chain(folder: Path, shared_fake: FakeOpenAI) -> Iterator[Gateway]:
    plugins = folder / "plugins"
    for name in CHAIN:
        shutil.copytree(PLUGINS / name, plugins / name)
    file = KongFile()
    steps = [{"name": name, "config": config} for name, config in CONFIGS.items()]
    proxy = ai_proxy(f"{shared_fake.url}/v1/chat/completions")
    file.route("/chat", *steps, proxy, file_log(folder / "log"))
    file.entities["consumers"] = CONSUMERS
    with Gateway(file, folder, ENVIRONMENT, plugins=plugins) as gateway:
        yield gateway


def sdk(gateway: Gateway, test: str = "") -> openai.OpenAI:
    return client(f"{gateway.url}/chat", test).with_options(default_headers={"apikey": KEY})


def swap(gateway: Gateway, plugin: str) -> None:
    """For the same version, built anew."""
    [installed] = (gateway.plugins / plugin).iterdir()
    build = gateway.directory / plugin
    build.write_bytes((installed / plugin).read_bytes() + b"built anew")
    build.chmod(0o755)
    install(build, gateway.plugins)
    address = ("127.0.0.1", gateway.admin_port)
    path = f"/plugins/processes/{plugin}"
    answer = request(address, "PUT", path, {"version": installed.name})
    assert answer.status == 200, answer


def test_a_request_goes_through_all_of_it(
    chain: Gateway, folder: Path, fake: FakeOpenAI, test_id: str
) -> None:
    answer = sdk(chain, test_id).chat.completions.create(
        model="gpt-4o-mini", messages=user("Write to ann@example.com, please.")
    )
    assert answer.choices[0].message.content
    seen = fake.last
    first, second = seen.json()["messages"]
    assert first == RULES
    assert "ann@example.com" not in second["content"] and "please" in second["content"]
    assert seen.header("x-consumer-username") == "alice"
    assert seen.header("apikey") is None
    entry = LogFile(folder / "log").entry(test_id)
    assert entry["consumer"]["username"] == "alice"
    assert entry["ai"]["proxy"]["usage"]["total_tokens"] > 0
    assert KEY not in str(entry)


def test_a_template_is_filled(chain: Gateway, fake: FakeOpenAI) -> None:
    body = {"messages": "{template://ask}", "properties": {"q": 'What is "it"?'}}
    response = request(chain.address, "POST", "/chat", body, {"apikey": KEY})
    assert response.status == 200, response
    asked = {"role": "user", "content": 'What is "it"?'}
    assert fake.last.json()["messages"] == [RULES, asked]


def test_who_may_not_gets_nowhere(chain: Gateway, fake: FakeOpenAI) -> None:
    body = {"messages": user("forbidden")}
    assert request(chain.address, "POST", "/chat", body).status == 401
    assert request(chain.address, "POST", "/chat", body, {"apikey": KEY}).status == 400
    assert fake.requests == []


def stream_while(
    gateway: Gateway, fake: FakeOpenAI, events: Sequence[Callable[[], object]]
) -> None:
    """A stream in which these happen, one before each of its tokens but the first."""
    gate = Gate()
    fake.plan(tokens=len(events) + 1, gate=gate)
    # The head, the role, and the first token.
    gate.release(3)
    chunks, left = [], list(events)
    with sdk(gateway).chat.completions.create(
        model="gpt-4o-mini", messages=user(), stream=True
    ) as stream:
        for chunk in stream:
            chunks.append(chunk)
            if not chunk.choices[0].delta.content:
                continue
            if left:
                left.pop(0)()
                gate.release()
            else:
                gate.open()
    assert not left
    assert text_of(chunks) == numbered(len(events) + 1)
    assert chunks[-1].choices[0].finish_reason == "stop"


def ask(gateway: Gateway, fake: FakeOpenAI) -> None:
    fake.plan(tokens=3)
    answer = sdk(gateway).chat.completions.create(model="gpt-4o-mini", messages=user())
    assert answer.choices[0].message.content == numbered(3)


def test_kills_are_not_seen(chain: Gateway, fake: FakeOpenAI) -> None:
    stream_while(chain, fake, [partial(chain.kill, plugin) for plugin in CHAIN])
    for plugin in CHAIN:
        chain.kill(plugin)
        ask(chain, fake)


def test_swaps_are_not_seen(chain: Gateway, fake: FakeOpenAI) -> None:
    # At the same time: each new version is watched for two seconds, if it is not called often.
    with ThreadPoolExecutor(len(CHAIN)) as threads:
        swaps: list[Future[None]] = []

        def begin(plugin: str) -> None:
            swaps.append(threads.submit(swap, chain, plugin))

        def end() -> None:
            ask(chain, fake)
            for done in swaps:
                done.result()

        stream_while(chain, fake, [*(partial(begin, plugin) for plugin in CHAIN), end])
    ask(chain, fake)

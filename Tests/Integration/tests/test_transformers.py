# SPDX-License-Identifier: Apache-2.0
"""ai-request-transformer and ai-response-transformer: alone, with ai-proxy on the route, with several providers."""

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import openai
import pytest

from fake_anthropic import FakeAnthropic
from fake_bedrock import NOVA, REGION, FakeBedrock
from fake_gemini import KEY as GEMINI_KEY
from fake_gemini import FakeGemini
from fake_ollama import KEY as OLLAMA_KEY
from fake_ollama import FakeOllama
from fake_openai import FakeOpenAI
from harness import Gateway, KongFile, LogFile, ai_proxy, file_log, request
from harness.forward_proxy import ForwardProxy
from harness.kong import KEY_VARIABLE, Record, header_auth
from harness.sdk import client, text_of, usage_of, user
from tests import bedrock_gateway, test_anthropic
from tests.conftest import ENVIRONMENT

PROMPT = "Make it shout."
PRICES = {"input_cost": 10, "output_cost": 100}
HI = ["H", "I!"]


@dataclass
class World:
    gateway: Gateway
    log: LogFile
    # The model of the transformers, and the upstream of the routes.
    model: FakeOpenAI
    upstream: FakeOpenAI
    others: dict[str, Any]
    proxy: ForwardProxy

    def entry(self, name: str, test: str) -> Any:
        return self.log.entry(test)["ai"][name]


def transformer(kind: str, model: Record, auth: Record, **config: Any) -> Record:
    llm = {
        "route_type": "llm/v1/chat",
        "auth": auth,
        "model": model,
        "logging": {"log_statistics": True, "log_payloads": True},
    }
    return {"name": f"ai-{kind}-transformer", "config": {"prompt": PROMPT, "llm": llm, **config}}


def by_openai(kind: str, fake: FakeOpenAI, **config: Any) -> Record:
    options = {"upstream_url": f"{fake.url}/v1/chat/completions", **PRICES}
    model = {"provider": "openai", "name": "gpt-4o-mini", "options": options}
    return transformer(kind, model, header_auth(), **config)


def by_others(others: dict[str, Any]) -> dict[str, Record]:
    def model(provider: str, name: str, path: str = "", **options: Any) -> Record:
        url = others[provider].url + path
        return {"provider": provider, "name": name, "options": {"upstream_url": url, **options}}

    gemini_auth = {"header_name": "x-goog-api-key", "header_value": "{vault://env/GEMINI}"}
    ollama = model("ollama", "llama2", "/api/chat", llama2_format="ollama")
    ollama["provider"] = "llama2"
    records = {
        "anthropic": (
            model("anthropic", "claude-haiku-4-5", "/v1/messages", anthropic_version="2023-06-01"),
            test_anthropic.AUTH,
        ),
        "bedrock": (model("bedrock", NOVA, bedrock={"aws_region": REGION}), bedrock_gateway.SIGNED),
        "gemini": (model("gemini", "gemini-2.5-flash"), gemini_auth),
        "ollama": (ollama, {"header_name": "Authorization", "header_value": "{vault://env/OLLAMA}"}),
    }
    return {name: transformer("request", *one) for name, one in records.items()}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("transformers")
    with ExitStack() as stack:
        model, upstream = (stack.enter_context(FakeOpenAI()) for _ in range(2))
        proxy = stack.enter_context(ForwardProxy())
        kinds = {
            "anthropic": FakeAnthropic,
            "bedrock": FakeBedrock,
            "gemini": FakeGemini,
            "ollama": FakeOllama,
        }
        others = {name: stack.enter_context(kind()) for name, kind in kinds.items()}
        log = file_log(folder / "file.log")
        file = KongFile()
        chat = ai_proxy(f"{upstream.url}/v1/chat/completions", options=PRICES)
        always = ai_proxy(f"{upstream.url}/v1/chat/completions", response_streaming="always")
        mirror = f"{upstream.url}/v1/chat/completions"

        file.route("/request", by_openai("request", model), log, url=mirror)
        file.route("/request-chat", by_openai("request", model), chat, log)
        file.route("/response-chat", by_openai("response", model), chat, log)
        file.route("/response-always", by_openai("response", model), always, log)
        file.route("/both", by_openai("request", model), by_openai("response", model), chat, log)
        told = by_openai("response", model, parse_llm_response_json_instructions=True)
        file.route("/instructed", told, chat, log)
        through = {"http_proxy_host": "127.0.0.1", "http_proxy_port": proxy.port}
        file.route("/proxied", by_openai("response", model, **through), chat, log)
        file.route("/small", by_openai("request", model, max_request_body_size=20), chat, log)
        echo = {"name": "ai-echo"}
        file.route("/echo", by_openai("response", model), echo, log)
        for name, plugin in by_others(others).items():
            file.route(f"/by-{name}", plugin, chat, log)
        environment = ENVIRONMENT | test_anthropic.ENVIRONMENT | bedrock_gateway.ENVIRONMENT
        environment[KEY_VARIABLE] = ENVIRONMENT[KEY_VARIABLE]
        environment |= {"GEMINI": GEMINI_KEY, "OLLAMA": f"Bearer {OLLAMA_KEY}"}
        gateway = stack.enter_context(Gateway(file, folder, environment))
        yield World(gateway, LogFile(folder / "file.log"), model, upstream, others, proxy)


@pytest.fixture
def world(shared: World) -> World:
    for fake in (shared.model, shared.upstream, *shared.others.values()):
        fake.reset()
    return shared


def ask(world: World, path: str, test: str, **members: Any) -> Any:
    sdk = client(f"{world.gateway.url}{path}", test)
    return sdk.chat.completions.create(**{"model": "gpt-4o-mini", "messages": user()} | members)


def chat_of(*words: str) -> list[str]:
    """Tokens that are a request for a chat."""
    return [json.dumps({"messages": [{"role": "user", "content": " ".join(words)}]})]


# MARK: - Requests


@pytest.mark.parametrize("streamed", [False, True])
def test_the_model_s_words_go_to_ai_proxy(world: World, streamed: bool) -> None:
    test = f"request-{streamed}"
    words = json.loads(chat_of("SAY", "NUMBERS!")[0]) | {"stream": streamed}
    world.model.plan(tokens=[json.dumps(words)])
    answer = ask(world, "/request-chat", test, stream=streamed)
    text = text_of(answer) if streamed else answer.choices[0].message.content
    assert text == "t0 t1 t2 t3 t4"
    asked = world.model.last.json()
    assert [one["role"] for one in asked["messages"]] == ["system", "user"]
    assert asked["messages"][0]["content"] == PROMPT
    assert json.loads(asked["messages"][1]["content"])["messages"] == user()
    assert asked["stream"] is False
    assert world.upstream.last.json()["messages"][0]["content"] == "SAY NUMBERS!"
    ai = world.log.entry(test)["ai"]
    block = ai["ai-request-transformer"]
    assert block["meta"]["request_model"] == "gpt-4o-mini"
    assert usage_of(block["usage"]) == usage_of(world.model.last.usage)
    prompt, completion, _ = usage_of(block["usage"])
    assert block["usage"]["cost"] == pytest.approx((prompt * 10 + completion * 100) / 1e6)
    assert PROMPT in block["payload"]["request"]
    assert usage_of(ai["proxy"]["usage"]) == usage_of(world.upstream.last.usage)


def test_without_ai_proxy_the_upstream_gets_the_model_s_words(world: World) -> None:
    world.model.plan(tokens=HI)
    # The upstream refuses a text, which is what it got.
    response = request(world.gateway.address, "POST", "/request", {"x-test": "plain"})
    assert response.status in (400, 401, 404)
    assert world.upstream.last.body == b"HI!"


@pytest.mark.parametrize("provider", ["anthropic", "bedrock", "gemini", "ollama"])
def test_every_kind_of_provider(world: World, provider: str) -> None:
    fake = world.others[provider]
    fake.plan(tokens=chat_of("HI!"))
    assert ask(world, f"/by-{provider}", provider).choices[0].message.content == "t0 t1 t2 t3 t4"
    assert world.upstream.last.json()["messages"][0]["content"] == "HI!"
    block = world.entry("ai-request-transformer", provider)
    assert block["meta"]["provider_name"] == ("llama2" if provider == "ollama" else provider)
    assert block["usage"]["completion_tokens"] > 0
    assert "estimated" not in block["usage"]


def test_a_body_that_is_too_long_is_refused(world: World) -> None:
    response = request(world.gateway.address, "POST", "/small", b"x" * 21)
    assert response.status == 413
    assert not world.model.requests


# MARK: - Responses


@pytest.mark.parametrize("path", ["/response-chat", "/response-always"])
@pytest.mark.parametrize("streamed", [False, True])
def test_the_model_sees_the_whole_answer_in_openai_s_words(
    world: World, path: str, streamed: bool
) -> None:
    test = f"{path}-{streamed}"
    world.model.plan(tokens=HI)
    sdk = client(f"{world.gateway.url}{path}", test)
    raw = sdk.chat.completions.with_raw_response.create(
        model="gpt-4o-mini", messages=user(), stream=streamed
    )
    assert raw.http_response.read() == b"HI!"
    seen = json.loads(world.model.last.json()["messages"][1]["content"])
    assert seen["choices"][0]["message"]["content"] == "t0 t1 t2 t3 t4"
    # A stream would have to be waited for: none is asked for.
    assert world.upstream.last.json()["stream"] is False
    ai = world.log.entry(test)["ai"]
    assert usage_of(ai["proxy"]["usage"]) == usage_of(world.upstream.last.usage)
    assert usage_of(ai["ai-response-transformer"]["usage"]) == usage_of(world.model.last.usage)


def test_a_compressed_answer_is_read(world: World) -> None:
    body = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"zipped"}}]}'
    world.upstream.plan(body=gzip.compress(body), headers=[("Content-Encoding", "gzip")])
    world.model.plan(tokens=HI)
    response = request(
        world.gateway.address, "POST", "/response-chat", {"messages": user()}
    )
    assert (response.status, response.body) == (200, b"HI!")
    assert response.header("content-encoding") is None
    assert world.model.last.json()["messages"][1]["content"] == body.decode()


@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_of_a_plugin_is_transformed(world: World, streamed: bool) -> None:
    world.model.plan(tokens=HI)
    asked = {"messages": user("Hello there"), "stream": streamed}
    response = request(world.gateway.address, "POST", "/echo", asked)
    assert (response.status, response.body) == (200, b"HI!")
    seen = json.loads(world.model.last.json()["messages"][1]["content"])
    assert seen["choices"][0]["message"]["content"] == "Hello there"


def test_instructions(world: World) -> None:
    told = {"headers": {"content-type": "text/html", "x-told": "1"}, "body": "<b>", "status": 209}
    world.model.plan(tokens=[json.dumps(told)])
    response = request(world.gateway.address, "POST", "/instructed", {"messages": user()})
    assert (response.status, response.body) == (209, b"<b>")
    assert response.header("content-type") == "text/html"
    assert response.header("x-told") == "1"
    world.model.plan(tokens=["no"])
    refused = request(world.gateway.address, "POST", "/instructed", {"messages": user()})
    assert refused.status == 500
    assert b"failed to parse JSON response instructions from AI backend: " in refused.body


def test_both_on_one_route(world: World) -> None:
    world.model.plan(tokens=chat_of("ONE"))
    response = request(world.gateway.address, "POST", "/both", {"messages": user()})
    assert response.status == 200
    # The plan was for the first of the model's two calls.
    assert response.body == b"t0 t1 t2 t3 t4"
    assert len(world.model.requests) == 2
    assert world.upstream.last.json()["messages"][0]["content"] == "ONE"


def test_through_a_proxy(world: World) -> None:
    world.model.plan(tokens=HI)
    before = len(world.proxy.heads)
    response = request(world.gateway.address, "POST", "/proxied", {"messages": user()})
    assert response.body == b"HI!"
    assert world.proxy.heads[before].startswith(b"POST http://127.0.0.1:")


def test_a_failure_of_the_model_is_the_client_s_answer(world: World) -> None:
    world.model.plan(raw=b"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(openai.BadRequestError) as error:
        ask(world, "/response-chat", "failed")
    message = "failed to introspect request with AI service: status code 429"
    assert error.value.body == {"message": message}
    # What the upstream has answered was paid for all the same.
    assert usage_of(world.entry("proxy", "failed")["usage"]) == usage_of(world.upstream.last.usage)

# SPDX-License-Identifier: Apache-2.0
"""ai-azure-content-safety in front of ai-proxy: prompts and answers, whole and streamed, by key and
by token."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import anthropic
import openai
import pytest
from botocore.exceptions import EventStreamError

from fake_anthropic import FakeAnthropic
from fake_bedrock import NOVA, FakeBedrock, message
from fake_cloud import TokenServer
from fake_cloud.server import Reply
from fake_cloud.tokens import CLIENT_SECRET
from fake_content_safety import KEY, FakeContentSafety
from fake_openai import FakeOpenAI, Gate
from harness import Gateway, KongFile, LogFile, ai_proxy, file_log, request
from harness.kong import Record
from harness.sdk import client, text_of, usage_of, user
from tests import bedrock_gateway, test_anthropic, test_bedrock_native
from tests.conftest import ENVIRONMENT

CATEGORIES = [{"name": "Hate", "rejection_level": 2}, {"name": "Violence", "rejection_level": 4}]
LAST = {"text_source": "last_message"}


@dataclass
class World:
    gateway: Gateway
    log: LogFile
    safety: FakeContentSafety
    upstream: FakeOpenAI
    claude: FakeAnthropic
    bedrock: FakeBedrock
    tokens: TokenServer

    def entry(self, test: str) -> Any:
        return self.log.entry(test)["ai"]


def guard(safety: FakeContentSafety, **config: Any) -> Record:
    defaults: Record = {
        "content_safety_url": safety.url,
        "content_safety_key": "{vault://env/SAFETY_KEY}",
        "categories": CATEGORIES,
    }
    defaults |= config
    given = {name: value for name, value in defaults.items() if value is not None}
    return {"name": "ai-azure-content-safety", "config": given}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("safety")
    with ExitStack() as stack:
        safety = stack.enter_context(FakeContentSafety())
        upstream = stack.enter_context(FakeOpenAI())
        claude = stack.enter_context(FakeAnthropic())
        bedrock = stack.enter_context(FakeBedrock())
        tokens = stack.enter_context(TokenServer())
        safety.accepts = tokens.is_good
        log = file_log(folder / "file.log")
        chat = ai_proxy(f"{upstream.url}/v1/chat/completions")
        file = KongFile()

        def route(path: str, **config: Any) -> None:
            file.route(path, guard(safety, **config), chat, log)

        route("/input")
        route("/lists", blocklist_names=["names", "places"], log_blocked_content=True)
        route("/output", guarding_mode="OUTPUT", response_buffer_size=12)
        route("/both", guarding_mode="BOTH", response_buffer_size=12, **LAST)
        route("/quiet", reveal_failure_reason=False)
        route("/lenient", stop_on_error=False, guarding_mode="BOTH")
        route("/wrong-key", content_safety_key="{vault://env/SAFETY_WRONG}")
        route(
            "/token",
            content_safety_key=None,
            azure_use_managed_identity=True,
            azure_client_id="client",
            azure_client_secret="{vault://env/AZURE_SECRET}",
            azure_tenant_id="tenant",
            patchbay={"azure_authority": tokens.url},
        )

        def native(llm_format: str) -> Record:
            config: Record = {"guarding_mode": "BOTH", "response_buffer_size": 12, **LAST}
            return guard(safety, patchbay={"llm_format": llm_format}, **config)

        options = {"anthropic_version": "2023-06-01", "upstream_url": claude.url + "/v1/messages"}
        messages = {
            "route_type": "llm/v1/chat",
            "llm_format": "anthropic",
            "auth": test_anthropic.AUTH,
            "model": {"provider": "anthropic", "name": "claude-haiku-4-5", "options": options},
            "logging": {"log_statistics": True},
        }
        claudes = {"name": "ai-proxy", "config": messages}
        file.route("/native", native("anthropic"), claudes, log)
        converse = bedrock_gateway.bedrock(bedrock, model=None, llm_format="bedrock")
        file.route("/bedrock", native("bedrock"), converse, log)
        environment = bedrock_gateway.ENVIRONMENT | ENVIRONMENT | test_anthropic.ENVIRONMENT
        environment |= {"SAFETY_KEY": KEY, "SAFETY_WRONG": "x", "AZURE_SECRET": CLIENT_SECRET}
        gateway = stack.enter_context(Gateway(file, folder, environment))
        logged = LogFile(folder / "file.log")
        yield World(gateway, logged, safety, upstream, claude, bedrock, tokens)


@pytest.fixture
def world(shared: World) -> World:
    for fake in (shared.safety, shared.upstream, shared.claude, shared.bedrock):
        fake.reset()
    return shared


def ask(world: World, path: str, text: str = "hi", test: str = "", **members: Any) -> Any:
    sdk = client(f"{world.gateway.url}{path}", test)
    messages = user(text)
    return sdk.chat.completions.create(**{"model": "gpt-4o-mini", "messages": messages} | members)


# MARK: - Prompts


def test_a_harmless_prompt_goes_on(world: World) -> None:
    answer = ask(world, "/input", "hello [Hate 1]", "harmless")
    assert answer.choices[0].message.content == "t0 t1 t2 t3 t4"
    assert world.safety.texts == ["hello [Hate 1]"]
    ai = world.entry("harmless")
    assert ai["audit"]["azure_content_safety"] == {"Hate": 0, "Violence": 0}
    assert usage_of(ai["proxy"]["usage"]) == usage_of(world.upstream.last.usage)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_harmful_prompt_never_leaves(world: World, streamed: bool) -> None:
    test = f"harmful-{streamed}"
    with pytest.raises(openai.BadRequestError) as error:
        ask(world, "/input", "[Hate 3]", test, stream=streamed)
    message = "request failed content safety check: breached category [Hate] at level 2"
    assert error.value.body == {"message": message}
    assert not world.upstream.requests
    block = world.entry(test)["proxy"]["azure-content-safety"]
    assert block["mode"] == "INPUT"
    assert block["input_block_reason"] == "breached category [Hate] at level 2"
    assert block["guards_triggered_count"] == 1
    assert "input_faulty_prompt" not in block


def test_a_blocklist(world: World) -> None:
    with pytest.raises(openai.BadRequestError) as error:
        ask(world, "/lists", "to Azkaban", "lists")
    assert "breached blocklist [places]" in str(error.value)
    ai = world.entry("lists")
    assert ai["audit"]["azure_content_safety"]["blocklists"] == ["places"]
    assert ai["proxy"]["azure-content-safety"]["input_faulty_prompt"] == "to Azkaban"


def test_a_reason_that_is_not_told(world: World) -> None:
    with pytest.raises(openai.BadRequestError) as error:
        ask(world, "/quiet", "[Violence 6]")
    assert error.value.body == {"message": "request failed content safety check"}


def test_a_long_prompt(world: World) -> None:
    ask(world, "/input", "é" * 25_000)
    assert [len(text) for text in world.safety.texts] == [10_000, 10_000, 5_400]


def test_a_token_of_entra_id(world: World) -> None:
    ask(world, "/token")
    sent = world.safety.requests[-1].header("authorization") or ""
    assert world.tokens.is_good(sent.removeprefix("Bearer "))
    assert world.safety.requests[-1].header("ocp-apim-subscription-key") is None


def test_a_service_that_fails(world: World) -> None:
    with pytest.raises(openai.InternalServerError) as error:
        ask(world, "/wrong-key", test="failing")
    assert error.value.body == {"message": "failed to check content safety: status code 401"}
    assert KEY not in world.gateway.log_text
    for _ in range(2):
        world.safety.replies.append(Reply(503))
    assert ask(world, "/lenient").choices[0].message.content == "t0 t1 t2 t3 t4"


# MARK: - Answers


@pytest.mark.parametrize("path", ["/output", "/both"])
def test_a_whole_answer(world: World, path: str) -> None:
    assert ask(world, path).choices[0].message.content == "t0 t1 t2 t3 t4"
    assert world.safety.texts[-1] == "t0 t1 t2 t3 t4"
    world.upstream.plan(tokens=["some [Ha", "te 6]"])
    with pytest.raises(openai.BadRequestError) as error:
        ask(world, path, test=f"whole-{path}")
    message = "response failed content safety check: breached category [Hate] at level 6"
    assert error.value.body == {"message": message}
    assert usage_of(world.entry(f"whole-{path}")["proxy"]["usage"]) == usage_of(
        world.upstream.last.usage
    )


# The head of the answer, the chunk with the role, and eight with words.
BEGINNING = 10


def test_a_harmless_stream(world: World) -> None:
    gate = Gate()
    world.upstream.plan(tokens=60, gate=gate)
    gate.release(BEGINNING)
    seen = ""
    for chunk in ask(world, "/output", stream=True, test="stream"):
        seen += text_of([chunk])
        # What is not there yet is not waited for.
        if seen and world.safety.texts[0].startswith(seen):
            gate.open()
    assert seen == " ".join(f"t{number}" for number in range(60))
    assert len(world.safety.texts) > 1
    assert "t8" not in world.safety.texts[0]
    assert world.safety.texts[-1].endswith("t59")
    usage = world.entry("stream")["proxy"]["usage"]
    assert usage_of(usage) == usage_of(world.upstream.last.usage)


def test_a_harmful_stream_ends_with_an_error(world: World) -> None:
    gate = Gate()
    good = [f"w{number} " for number in range(8)]
    world.upstream.plan(tokens=[*good, "[Vio", "lence", " 5]", *good], gate=gate)
    gate.release(BEGINNING)
    seen = ""
    with pytest.raises(openai.APIError) as error:
        for chunk in ask(world, "/both", stream=True, test="ended"):
            seen += text_of([chunk])
            if seen:
                gate.open()
    assert error.value.message == (
        "response failed content safety check: breached category [Violence] at level 4"
    )
    assert error.value.code == "content_filter"
    assert "".join(good).startswith(seen)
    block = world.entry("ended")["proxy"]["azure-content-safety"]
    assert block["output_block_source"] == "ai-azure-content-safety"


# MARK: - A provider's own API


def test_native(world: World) -> None:
    sdk = anthropic.Anthropic(api_key="x", base_url=f"{world.gateway.url}/native", max_retries=0)

    def members(text: str) -> Any:
        return {
            "model": "claude-haiku-4-5",
            "max_tokens": 50,
            "messages": [{"role": "user", "content": text}],
        }

    with sdk:
        answer = sdk.messages.create(**members("hi"))
        assert answer.content[0].text == "t0 t1 t2 t3 t4"
        assert world.safety.texts == ["hi", "t0 t1 t2 t3 t4"]
        with pytest.raises(anthropic.BadRequestError):
            sdk.messages.create(**members("[Hate 6]"))
        with sdk.messages.stream(**members("hi")) as stream:
            assert stream.get_final_text() == "t0 t1 t2 t3 t4"
        world.claude.plan(tokens=["harmless words ", "[Hate 6]", " more"])
        with pytest.raises(anthropic.APIStatusError) as error:
            with sdk.messages.stream(**members("hi")) as stream:
                seen = "".join(stream.text_stream)
                assert "Hate" not in seen
        assert "breached category [Hate] at level 6" in str(error.value)


def test_native_frames(world: World) -> None:
    sdk = test_bedrock_native.boto(world.gateway, "/bedrock")
    seen: list[str] = []

    def read() -> str:
        seen.clear()
        turn = test_bedrock_native.TURN
        for event in sdk.converse_stream(modelId=NOVA, messages=[turn])["stream"]:
            if "contentBlockDelta" in event:
                seen.append(event["contentBlockDelta"]["delta"]["text"])
        return "".join(seen)

    assert read() == "t0 t1 t2 t3 t4"
    world.bedrock.plan(tokens=["harmless words ", "[Hate 6]", " more"])
    with pytest.raises(EventStreamError, match="breached category") as error:
        read()
    assert error.value.response["Error"]["Code"] == "validationException"
    assert "Hate" not in "".join(seen)
    start = message({":event-type": "messageStart", ":message-type": "event"}, b"{}")
    world.bedrock.plan(body=start + b"this is no message")
    with pytest.raises(EventStreamError, match="failed to check content safety") as error:
        read()
    assert error.value.response["Error"]["Code"] == "internalServerException"


def test_what_is_no_prompt_is_refused(world: World) -> None:
    response = request(world.gateway.address, "POST", "/input", b"hello")
    assert response.status == 400
    assert not world.upstream.requests

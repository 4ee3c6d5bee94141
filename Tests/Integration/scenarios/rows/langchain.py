# SPDX-License-Identifier: Apache-2.0
"""langchain-openai, which asks in its own way."""

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel, SecretStr

from fake_provider import ToolCall
from harness.sdk import CLIENT_KEY, numbered
from scenarios.bench import Bench
from scenarios.scenario import scenario

from .formats import ANSWER, Forecast

GROUP = "langchain-openai"


class weather(BaseModel):
    """Tells the weather."""

    city: str


def _chat(bench: Bench, **more: Any) -> ChatOpenAI:
    return ChatOpenAI(
        model=bench.case.model,
        base_url=bench.base_url,
        api_key=SecretStr(CLIENT_KEY),
        max_retries=0,
        timeout=20,
        default_headers={"x-test": bench.test},
        **more,
    )


@scenario("langchain-chat", "an answer", GROUP)
def chat(bench: Bench) -> None:
    said = _chat(bench, temperature=0.5, max_completion_tokens=77).invoke(
        [SystemMessage("Be brief."), HumanMessage("hello there")]
    )
    assert said.content == numbered(5)
    assert isinstance(said, AIMessage) and said.usage_metadata
    assert said.usage_metadata["total_tokens"] == bench.reported[2]
    bench.reached("Be brief.", "hello there", "77")


@scenario("langchain-stream", "a stream", GROUP)
def stream(bench: Bench) -> None:
    pieces = list(_chat(bench, stream_usage=True).stream("hello"))
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = whole + piece
    assert whole.content == numbered(5)
    assert whole.usage_metadata and whole.usage_metadata["total_tokens"] == bench.reported[2]


@scenario("langchain-tools", "tools and their results", GROUP)
def tools(bench: Bench) -> None:
    bench.fake.plan(tool_calls=[ToolCall("weather", '{"city":"Ulm"}', "call00001")])
    bound = _chat(bench).bind_tools([weather])
    said = bound.invoke([HumanMessage("hello")])
    (call,) = said.tool_calls
    assert call["name"] == "weather" and call["args"] == {"city": "Ulm"}
    result = ToolMessage("rain 17", tool_call_id=call["id"] or "")
    assert bound.invoke([HumanMessage("hello"), said, result]).content == numbered(5)
    bench.reached("rain 17")


@scenario("langchain-structured", "structured output", GROUP)
def structured(bench: Bench) -> None:
    bench.fake.plan(tokens=ANSWER)
    bound = _chat(bench).with_structured_output(Forecast, method="json_schema")
    assert bound.invoke("Answer in JSON.") == Forecast(city="Ulm", degrees=7)


@scenario("langchain-embeddings", "embeddings", GROUP, "embeddings")
def embeddings(bench: Bench) -> None:
    model = OpenAIEmbeddings(
        model=bench.case.embeddings or "",
        base_url=bench.base_url,
        api_key=SecretStr(CLIENT_KEY),
        max_retries=0,
        # Texts as tokens are OpenAI's alone, and tiktoken would fetch its tables.
        check_embedding_ctx_length=False,
    )
    vectors = model.embed_documents(["one two", "three"])
    assert len(vectors) == 2 and vectors[0] != vectors[1]
    assert model.embed_query("one two") == vectors[0]

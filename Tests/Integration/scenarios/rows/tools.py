# SPDX-License-Identifier: Apache-2.0
"""Tools: declared, called, answered."""

import json
from typing import Any

from fake_provider import ToolCall
from harness.sdk import numbered, user
from scenarios.bench import Bench
from scenarios.scenario import scenario

GROUP = "Tools"


def tool(name: str, mark: str = "city") -> dict[str, Any]:
    schema = {"type": "object", "properties": {mark: {"type": "string"}}, "required": [mark]}
    function = {"name": name, "description": f"Tells the {name}.", "parameters": schema}
    return {"type": "function", "function": function}


TOOLS = [tool("weather"), tool("time", "zone")]
# Nine letters and digits: Mistral takes no others.
IDS = ("call00001", "call00002")
RAIN = ToolCall("weather", '{"city":"Zürich \\"Altstadt\\""}', IDS[0])
NOON = ToolCall("time", '{"zone":"Europe/Zurich"}', IDS[1])


@scenario("tools", "a call of a tool", GROUP)
def tools(bench: Bench) -> None:
    whole = bench.both({"tool_calls": [RAIN]}, tools=TOOLS)
    assert whole.reason == "tool_calls"
    (call,) = whole.calls
    assert call.id and call.name == "weather"
    assert json.loads(call.arguments) == {"city": 'Zürich "Altstadt"'}
    bench.reached("Tells the weather.", "zone")


@scenario("parallel-tools", "several calls at once", GROUP)
def parallel_tools(bench: Bench) -> None:
    whole = bench.both({"tool_calls": [RAIN, NOON]}, tools=TOOLS)
    assert whole.reason == "tool_calls"
    assert [call.name for call in whole.calls] == ["weather", "time"]
    assert len({call.id for call in whole.calls}) == 2
    assert json.loads(whole.calls[1].arguments) == {"zone": "Europe/Zurich"}


@scenario("bare-tool", "a call without arguments", GROUP)
def bare_tool(bench: Bench) -> None:
    schema = {"type": "object", "properties": {"unused": {"type": "string"}}}
    function = {"name": "now", "parameters": schema}
    call = ToolCall("now", "{}", IDS[0])
    declared = [{"type": "function", "function": function}]
    whole = bench.both({"tool_calls": [call]}, tools=declared)
    assert [json.loads(call.arguments) for call in whole.calls] == [{}]


@scenario("tool-results", "the results of tools", GROUP)
def tool_results(bench: Bench) -> None:
    bench.fake.plan(tool_calls=[RAIN, NOON])
    said = bench.chat(tools=TOOLS).choices[0].message
    history: list[Any] = [*user(), said.model_dump(exclude_none=True)]
    for call, result in zip(said.tool_calls or [], ("rain 17", "noon 12"), strict=True):
        history.append({"role": "tool", "tool_call_id": call.id, "content": result})
    assert bench.both({}, messages=history, tools=TOOLS).text == numbered(5)
    bench.reached("rain 17", "noon 12", "Altstadt", "Europe/Zurich")


@scenario("tool-choice-required", "`tool_choice`: `required`", GROUP)
def tool_choice_required(bench: Bench) -> None:
    answer = bench.chat(tools=TOOLS, tool_choice="required")
    assert answer.choices[0].message.tool_calls, "the provider was not told to call a tool"


@scenario("tool-choice-named", "`tool_choice`: a function", GROUP)
def tool_choice_named(bench: Bench) -> None:
    choice = {"type": "function", "function": {"name": "time"}}
    answer = bench.chat(tools=TOOLS, tool_choice=choice)
    (call,) = answer.choices[0].message.tool_calls or []
    assert call.type == "function" and call.function.name == "time"


@scenario("tool-choice-none", "`tool_choice`: `none`", GROUP)
def tool_choice_none(bench: Bench) -> None:
    answer = bench.chat(tools=TOOLS, tool_choice="none")
    assert answer.choices[0].message.content == numbered(5)


@scenario("parallel-tools-off", "`parallel_tool_calls`: `false`", GROUP)
def parallel_tools_off(bench: Bench) -> None:
    bench.fake.plan(tool_calls=[RAIN])
    answer = bench.chat(tools=TOOLS, parallel_tool_calls=False)
    assert len(answer.choices[0].message.tool_calls or []) == 1

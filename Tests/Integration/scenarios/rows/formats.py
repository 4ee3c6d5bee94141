# SPDX-License-Identifier: Apache-2.0
"""Answers in JSON."""

from pydantic import BaseModel

from harness.sdk import user
from scenarios.bench import Bench
from scenarios.scenario import scenario

GROUP = "JSON"

ANSWER = ['{"city":', '"Ulm",', '"degrees":7}']


class Forecast(BaseModel):
    city: str
    degrees: int


@scenario("json-mode", "JSON mode", GROUP)
def json_mode(bench: Bench) -> None:
    bench.fake.plan(tokens=ANSWER)
    answer = bench.chat(messages=user("Answer in JSON."), response_format={"type": "json_object"})
    assert answer.choices[0].message.content == "".join(ANSWER)


@scenario("json-schema", "a JSON schema", GROUP)
def json_schema(bench: Bench) -> None:
    schema = {
        "name": "forecast",
        "strict": True,
        "schema": Forecast.model_json_schema() | {"additionalProperties": False},
    }
    bench.fake.plan(tokens=ANSWER)
    answer = bench.chat(
        messages=user("Answer in JSON."),
        response_format={"type": "json_schema", "json_schema": schema},
    )
    assert answer.choices[0].message.content == "".join(ANSWER)
    bench.reached("degrees")


@scenario("json-parsed", "a JSON schema by the SDK's `parse`", GROUP)
def json_parsed(bench: Bench) -> None:
    bench.fake.plan(tokens=ANSWER)
    answer = bench.sdk.chat.completions.parse(
        model=bench.case.model, messages=user("Answer in JSON."), response_format=Forecast
    )
    assert answer.choices[0].message.parsed == Forecast(city="Ulm", degrees=7)

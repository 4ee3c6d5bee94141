# SPDX-License-Identifier: Apache-2.0
"""Why an answer ended, in OpenAI's words."""

from harness.sdk import numbered
from scenarios.bench import Bench
from scenarios.scenario import scenario

GROUP = "Endings"


@scenario("length", "`length`: the limit of tokens", GROUP)
def length(bench: Bench) -> None:
    whole = bench.both(dict(bench.case.length), max_tokens=5)
    assert whole.reason == "length"
    assert whole.text == numbered(5)


@scenario("safety", "`content_filter`: stopped for safety", GROUP)
def safety(bench: Bench) -> None:
    assert bench.both(dict(bench.case.safety)).reason == "content_filter"


@scenario("refusal", "a refusal", GROUP)
def refusal(bench: Bench) -> None:
    whole = bench.both({"refusal": "I can't help with that."})
    assert whole.refusal == "I can't help with that."
    assert whole.text == ""

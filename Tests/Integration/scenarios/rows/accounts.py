# SPDX-License-Identifier: Apache-2.0
"""What an answer used, to the token."""

from typing import Any

from fake_provider import Gate
from harness import connect
from harness.client import start
from harness.sdk import user
from scenarios.bench import Bench
from scenarios.scenario import scenario

GROUP = "Accounting"


@scenario("usage-details", "cached and reasoning tokens", GROUP)
def usage_details(bench: Bench) -> None:
    details = bench.case.details
    bench.fake.plan(usage=dict(details.plan))
    answer = bench.chat(messages=user("one two three four"))
    assert answer.usage
    bench.fake.plan(usage=dict(details.plan))
    last = bench.chunks(messages=user("one two three four"))[-1].usage
    assert last
    for number, usage in enumerate((answer.usage, last)):
        _check(bench, usage, bench.logged(number)["usage"])


def _check(bench: Bench, usage: Any, logged: Any) -> None:
    details = bench.case.details
    for expected, group, name in (
        (details.cached, "prompt_tokens_details", "cached_tokens"),
        (details.reasoning, "completion_tokens_details", "reasoning_tokens"),
    ):
        if expected is None:
            continue
        assert (logged.get(group) or {}).get(name) == expected, (name, logged)
        told = getattr(usage, group)
        assert told is not None and getattr(told, name) == expected, (name, usage)


@scenario("leaves", "a client that leaves is counted", GROUP)
def leaves(bench: Bench) -> None:
    gate = Gate()
    bench.fake.plan(tokens=1000, gate=gate)
    connection = connect(bench.gateway.address)
    body = {"messages": user("one two three"), "stream": True}
    start(connection, "POST", f"/{bench.case.name}/chat/completions", body, {"x-test": bench.test})
    gate.release(bench.case.pieces_to_text + 2)
    response = connection.getresponse()
    seen = b""
    while b"t0" not in seen:
        seen += response.read1(65536)
    response.close()
    connection.close()
    assert bench.fake.wait(1)[0].aborted.wait(10), "the provider was not told"
    usage = bench.logged()["usage"]
    assert usage["prompt_tokens"] > 0
    assert usage["completion_tokens"] > 0

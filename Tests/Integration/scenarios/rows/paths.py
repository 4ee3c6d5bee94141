# SPDX-License-Identifier: Apache-2.0
"""A client that names its model cannot reach anything else with the gateway's key."""

from harness import request
from harness.sdk import user
from scenarios.bench import Bench
from scenarios.scenario import scenario

GROUP = "Security"

NAMES = (
    "../../admin",
    "..",
    "%2e%2e/admin",
    "admin?key=1#",
    "a/../../admin",
    "a\\..\\admin",
    "a b",
)


@scenario("path", "no other path by the model's name", GROUP)
def path(bench: Bench) -> None:
    bench.chat()
    usual = bench.sent.path.count("/")
    for name in NAMES:
        bench.fake.reset()
        body = {"model": name, "messages": user()}
        request(bench.gateway.address, "POST", f"/{bench.case.name}-any/chat/completions", body)
        for sent in bench.fake.requests:
            segments = sent.path.split("/")
            assert ".." not in segments and "admin" not in segments, sent.target
            assert "key=1" not in sent.target and sent.path.count("/") == usual, sent.target

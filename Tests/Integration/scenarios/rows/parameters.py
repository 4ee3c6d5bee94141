# SPDX-License-Identifier: Apache-2.0
"""Parameters: each reaches the provider with its value, or is named as lost."""

from typing import Any

from harness.sdk import numbered
from scenarios.bench import Bench
from scenarios.scenario import scenario

GROUP = "Parameters"

# The value, and what of it must be in the provider's body: one of these, where its words differ.
PARAMETERS: list[tuple[str, Any, str]] = [
    ("temperature", 0.8125, "0.8125"),
    ("top_p", 0.4375, "0.4375"),
    ("top_k", 37, "37"),
    ("max_tokens", 1234, "1234"),
    ("max_completion_tokens", 1235, "1235"),
    ("stop", ["END-OF-IT"], "END-OF-IT"),
    ("seed", 424242, "424242"),
    ("user", "user-8aa1", "user-8aa1"),
    ("presence_penalty", 0.3125, "0.3125"),
    ("frequency_penalty", 0.1875, "0.1875"),
    ("logit_bias", {"50256": -77}, "-77"),
    ("n", 2, '"n"|"candidateCount"'),
    ("reasoning_effort", "low", "low|LOW|1024"),
]


def _parameter(name: str, value: Any, mark: str) -> None:
    @scenario(f"parameter-{name.replace('_', '-')}", f"`{name}`", GROUP)
    def run(bench: Bench) -> None:
        answer = bench.chat(extra_body={name: value})
        assert answer.choices[0].message.content == numbered(5)
        body = bench.sent.body.decode()
        assert any(one in body for one in mark.split("|")), f"{mark} is not in {body}"


for _one in PARAMETERS:
    _parameter(*_one)

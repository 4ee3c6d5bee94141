# SPDX-License-Identifier: Apache-2.0
"""Images."""

from typing import Any

from harness.sdk import numbered
from scenarios.bench import Bench
from scenarios.scenario import scenario

GROUP = "Images"

# A PNG of one pixel.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
REMOTE = "https://images.example/a%20b.png?size=1"


def _ask(bench: Bench, url: str) -> None:
    content: Any = [
        {"type": "text", "text": "what is this"},
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "text", "text": "and why"},
    ]
    answer = bench.chat(messages=[{"role": "user", "content": content}])
    assert answer.choices[0].message.content == numbered(5)
    bench.reached("what is this", "and why")


@scenario("image-data", "an image as a data URL", GROUP)
def image_data(bench: Bench) -> None:
    _ask(bench, f"data:image/png;base64,{PIXEL}")
    bench.reached(PIXEL)


@scenario("image-remote", "an image by its address", GROUP)
def image_remote(bench: Bench) -> None:
    _ask(bench, REMOTE)
    bench.reached(REMOTE)

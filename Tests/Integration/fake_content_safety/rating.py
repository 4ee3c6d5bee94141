# SPDX-License-Identifier: Apache-2.0
"""How texts are rated: a text says itself what it is, by words such as `[Hate 4]`."""

import re
from typing import Any

CATEGORIES = ("Hate", "SelfHarm", "Sexual", "Violence")
# Items of the instance's blocklists, by the lists' names.
BLOCKLISTS = {"names": ["voldemort"], "places": ["azkaban", "nurmengard"]}

_MARK = re.compile(r"\[(Hate|SelfHarm|Sexual|Violence) ([0-7])\]")


def severities(text: str, categories: list[str], kind: str) -> list[dict[str, Any]]:
    found = dict.fromkeys(CATEGORIES, 0)
    for category, level in _MARK.findall(text):
        found[category] = max(found[category], int(level))
    # Of four levels each stands for two of the eight.
    steps = {name: level - level % 2 for name, level in found.items()}
    chosen = steps if kind == "FourSeverityLevels" else found
    return [{"category": name, "severity": chosen[name]} for name in categories]


def matches(text: str, lists: list[str]) -> list[dict[str, str]]:
    return [
        {
            "blocklistName": name,
            "blocklistItemId": f"{name}-{index}",
            "blocklistItemText": item,
        }
        for name in lists
        for index, item in enumerate(BLOCKLISTS[name])
        if item in text.lower()
    ]

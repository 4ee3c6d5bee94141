# SPDX-License-Identifier: Apache-2.0
"""What the service finds in a text, and what it puts in its place."""

import re
from dataclasses import dataclass, field
from typing import Any

# Stands for the model of a language: who these people are no rule can know.
NAMES = ("Ann Droid", "Bob Cat")

_CATEGORIES = {"PERSON": "general", "EMAIL_ADDRESS": "email", "PASSWORD": "credentials"}
_KINDS = {
    "PERSON": re.compile("|".join(NAMES)),
    "EMAIL_ADDRESS": re.compile(r"[\w.]+@[\w.]+\.\w+"),
    "PASSWORD": re.compile(r"(?<=password is )\S+"),
}
# A credential is not to be known by its length.
_MASK = "########"


@dataclass
class Findings:
    """Of one request: a value has one stand-in in all of its texts."""

    wanted: set[str]
    redact_type: str
    custom: list[dict[str, Any]]
    identified: set[str] = field(default_factory=set)
    anonymized: set[str] = field(default_factory=set)
    _stand_ins: dict[str, str] = field(default_factory=dict)

    def sanitize(self, text: str) -> tuple[str, list[dict[str, Any]]]:
        found = []
        for kind, category, pattern in self._patterns():
            for match in pattern.finditer(text):
                self.identified.add(category)
                if category in self.wanted or category == "custom":
                    self.anonymized.add(category)
                    found.append((match.start(), match.end(), kind, category))
        results = []
        # From the end on, so that what comes before keeps its place.
        for start, end, kind, category in sorted(found, reverse=True):
            original = text[start:end]
            stand_in = self._stand_in(original, category)
            text = text[:start] + stand_in + text[end:]
            results.append(
                {
                    "entity_type": kind,
                    "original_text": original,
                    "redact_text": stand_in,
                    "start": start,
                    "end": end,
                    "score": 0.85,
                }
            )
        return text, results

    def _patterns(self) -> list[tuple[str, str, re.Pattern[str]]]:
        known = [(kind, _CATEGORIES[kind], pattern) for kind, pattern in _KINDS.items()]
        return known + [(one["name"], "custom", re.compile(one["regex"])) for one in self.custom]

    def _stand_in(self, original: str, category: str) -> str:
        if category == "credentials":
            return _MASK
        number = len(self._stand_ins) + 1
        made = f"CUSTOM{number}" if category == "custom" else f"PLACEHOLDER{number}"
        if self.redact_type == "synthetic" and category != "custom":
            made = f"somebody{number}@example.org" if "@" in original else f"Person No. {number}"
        return self._stand_ins.setdefault(original, made)

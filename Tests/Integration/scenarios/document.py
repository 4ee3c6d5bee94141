# SPDX-License-Identifier: Apache-2.0
"""docs/providers.md: the table, as the tests run it."""

from collections.abc import Iterator
from pathlib import Path

from .case import Cell, Named, NotOffered, ProviderCase, Refused, Works
from .rows import GROUPS
from .table import CASES, SCENARIOS, cell

PATH = Path(__file__).resolve().parents[3] / "docs/providers.md"
COMMAND = "(cd Tests/Integration && ../../.venv/bin/python -m scenarios --write-document)"

_HEAD = f"""\
# Providers

A client speaks OpenAI's API to `ai-proxy`; the provider behind it can be any of these. This page is
written from the scenarios of `Tests/Integration/scenarios`. The tests run each of them against a
strict fake of each provider, through a real gateway, with the `openai` SDK and `langchain-openai`.
To write it again:

    {COMMAND}

- **yes**: the client gets what it gets from OpenAI.
- **named**: the provider has no such thing. The answer comes without it, and what was lost is named
  in the header `X-Patchbay-Unsupported` and in the log. With `patchbay: {{unsupported: reject}}` in
  the plugin's config the request is refused instead; with `drop` only the log tells.
- **refused**: the client gets an error that says why.
- **no**: the provider does not offer it.
"""


def text() -> str:
    return "\n".join([_HEAD, *_tables(), *_notes()]).rstrip() + "\n"


def write() -> None:
    PATH.write_text(text())


def _tables() -> Iterator[str]:
    for group in GROUPS:
        yield f"## {group}\n"
        yield "| | " + " | ".join(case.title for case in CASES) + " |"
        yield "|---|" + "---|" * len(CASES)
        for scenario in SCENARIOS:
            if scenario.group == group:
                words = (_word(cell(scenario, case)) for case in CASES)
                yield f"| {scenario.title} | " + " | ".join(words) + " |"
        yield ""


def _word(cell: Cell) -> str:
    match cell:
        case Works():
            return "yes"
        case Named():
            return "named"
        case Refused():
            return "refused"
        case NotOffered():
            return "no"


def _notes() -> Iterator[str]:
    yield "## What is not as OpenAI has it\n"
    for case in CASES:
        notes = list(_notes_of(case))
        if notes:
            yield f"**{case.title}**\n"
            yield from notes
            yield ""


def _notes_of(case: ProviderCase) -> Iterator[str]:
    missing = [
        operation for operation in ("completions", "embeddings") if case.model_of(operation) is None
    ]
    if missing:
        yield f"- No API for {' and '.join(missing)}."
    for scenario in SCENARIOS:
        place = f"{scenario.group}, {scenario.title}"
        match case.cells.get(scenario.name):
            case Named(fields=fields):
                yield f"- {place}: named as {', '.join(f'`{field}`' for field in fields)}."
            case Refused(text=text, status=status):
                yield f"- {place}: refused with {status}: “{text}”."
            case NotOffered(reason=reason) if reason:
                yield f"- {place}: {reason}."

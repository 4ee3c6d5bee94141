# SPDX-License-Identifier: Apache-2.0
"""A terminal session of a page: commands behind `$ `, below each what it prints.

`curl` is run as it is written, but that localhost:8000 is the gateway and :8001 its admin API;
`tail -n 1 FILE` waits for the file's line. `…` stands for any text; white space does not count.
With `curl -i` the page need not show every header.
"""

import json
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness import Gateway
from harness.log_file import LogFile

from .pack import HEADER
from .stage import Stage

_TIMEOUT = 20


@dataclass(frozen=True)
class Step:
    command: list[str]
    expected: str


def steps(session: str) -> list[Step]:
    found = []
    for part in re.split(r"^\$ ", session.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        found.append(Step(shlex.split(command, comments=True), expected.strip()))
    return found


def run(step: Step, example: str, gateway: Gateway, stage: Stage) -> None:
    match step.command:
        case ["curl", *arguments]:
            printed = _curl(arguments, example, gateway)
        case ["tail", "-n", "1", path]:
            printed = _last_line(stage.file(path), example)
        case _:
            raise AssertionError(f"{example}: no command of a page: {shlex.join(step.command)}")
    assert is_shown(step.expected, printed), (
        f"{example}: the page shows of {shlex.join(step.command)}\n{step.expected}\n\n"
        f"but it prints\n{printed}\n\n{gateway.log_text}"
    )


def is_shown(expected: str, printed: str) -> bool:
    """Whether a page may show this of what was printed."""
    matches = _matches_response if expected.startswith("HTTP/") else _matches
    return matches(expected, printed)


def _curl(arguments: list[str], example: str, gateway: Gateway) -> str:
    places = ((8000, gateway.port), (8001, gateway.admin_port))
    command = ["curl", "-sS", "--noproxy", "*", "-H", f"{HEADER}: {example}"]
    for shown, real in places:
        command += ["--connect-to", f"localhost:{shown}:127.0.0.1:{real}"]
    done = subprocess.run([*command, *arguments], capture_output=True, timeout=_TIMEOUT)
    assert done.returncode == 0, f"{example}: curl {shlex.join(arguments)}: {done.stderr.decode()}"
    return done.stdout.decode()


def _last_line(path: Path, example: str) -> str:
    return json.dumps(LogFile(path).entries(example, 1)[-1], ensure_ascii=False)


def _matches_response(expected: str, printed: str) -> bool:
    expected_head, _, expected_body = expected.partition("\n\n")
    head, _, body = printed.replace("\r\n", "\n").partition("\n\n")
    status, *lines = head.split("\n")
    expected_status, *expected_lines = expected_head.split("\n")
    return (
        _matches(expected_status, status)
        and all(any(_matches(wanted, line) for line in lines) for wanted in expected_lines)
        and _matches(expected_body, body)
    )


def _matches(expected: str, printed: str) -> bool:
    parts = ["".join(part.split()) for part in expected.split("…")]
    pattern = ".*?".join(re.escape(part) for part in parts)
    return re.fullmatch(pattern, "".join(printed.split()), re.IGNORECASE | re.DOTALL) is not None

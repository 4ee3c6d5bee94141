# SPDX-License-Identifier: Apache-2.0
"""The quick start, as a new user has it: `make run`, the printed line, an answer."""

import json
import os
import selectors
import shlex
import signal
import subprocess
import time
from pathlib import Path

from harness import request
from harness.gateway import BINARY, PLUGINS, ROOT, free_ports

# Where nothing has been built yet it takes minutes on two cores.
BUILD_TIMEOUT = 3000


def test_a_new_user_gets_an_answer() -> None:
    """In this checkout, which CI has made anew."""
    listen, admin = (f"127.0.0.1:{port}" for port in free_ports(2))
    process = subprocess.Popen(
        ["make", "run", f"LISTEN={listen}", f"ADMIN={admin}"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        env={name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")},
    )  # fmt: skip
    try:
        line = _line_starting_with(process, "curl ")
        assert listen in line
        arguments = [part for part in shlex.split(line)]
        answer = subprocess.run(arguments, capture_output=True, timeout=30)
        assert answer.returncode == 0, answer.stderr
        message = json.loads(answer.stdout)["choices"][0]["message"]
        assert message["role"] == "assistant"
        assert message["content"]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)


def _line_starting_with(process: subprocess.Popen[bytes], start: str) -> str:
    """Reads the output up to that line."""
    assert process.stdout
    selector = selectors.DefaultSelector()
    selector.register(process.stdout, selectors.EVENT_READ)
    deadline = time.monotonic() + BUILD_TIMEOUT
    output = b""
    while time.monotonic() < deadline:
        if not selector.select(deadline - time.monotonic()):
            break
        piece = os.read(process.stdout.fileno(), 65536)
        if not piece:
            break
        output += piece
        for line in output.decode(errors="replace").split("\n")[:-1]:
            if line.strip().startswith(start):
                return line.strip()
    raise AssertionError(f"`make run` printed no line with {start!r}:\n{output.decode()[-4000:]}")


def test_a_key_in_the_environment_makes_a_route(tmp_path: Path) -> None:
    """Which leads to the provider: what cannot be reached from here is not a route that is missing."""
    listen, admin = (f"127.0.0.1:{port}" for port in free_ports(2))
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    keys = {"OPENAI_API_KEY": "sk-quick", "DEEPSEEK_API_KEY": "sk-quick-too"}
    process = subprocess.Popen(
        [ROOT / "scripts/quickstart.sh", BINARY, PLUGINS],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        env=environment | keys | {"LISTEN": listen, "ADMIN": admin},
    )  # fmt: skip
    try:
        _line_starting_with(process, f"curl -s http://{listen}/openai ")
        host, _, port = listen.partition(":")
        messages = [{"role": "user", "content": "Hello"}]
        for route, found in (("openai", True), ("deepseek", True), ("xai", False)):
            body = {"messages": messages}
            response = request((host, int(port)), "POST", f"/{route}", body)
            # Without a model the gateway itself refuses, before it asks anybody.
            assert response.status == (400 if found else 404), route
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
        assert b"sk-quick" not in output

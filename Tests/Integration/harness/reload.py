# SPDX-License-Identifier: Apache-2.0
"""Gives a running gateway another configuration, in both ways that there are."""

import json
import os
import signal
from typing import Any

from .client import Response, request
from .gateway import Gateway
from .kong import KongFile

TAKEN = "configuration taken"
REFUSED = "the configuration was refused"


def post(gateway: Gateway, body: Any, path: str = "/config", **headers: str) -> Response:
    """`POST /config` on the admin port; what is no bytes is sent as JSON."""
    return request(("127.0.0.1", gateway.admin_port), "POST", path, body, headers)


def post_file(gateway: Gateway, file: KongFile) -> Response:
    return post(gateway, file.text.encode(), **{"Content-Type": "text/yaml"})


def hang_up(gateway: Gateway, file: KongFile | str) -> list[str]:
    """Writes the gateway's file and sends SIGHUP; the messages that the log then has, up to the verdict."""
    text = file if isinstance(file, str) else file.text
    (gateway.directory / "kong.yml").write_text(text)
    seen = len(gateway.log)
    os.kill(gateway.pid, signal.SIGHUP)
    gateway.wait_for_lines(lambda lines: any(_is_verdict(line) for line in lines[seen:]))
    messages = [json.loads(line)["message"] for line in gateway.log[seen:]]
    last = next(at for at, text in enumerate(messages) if _is_verdict(text))
    return messages[: last + 1]


def take(gateway: Gateway, file: KongFile) -> None:
    """By SIGHUP; it must be taken."""
    messages = hang_up(gateway, file)
    assert messages[-1] == TAKEN, messages


def _is_verdict(text: str) -> bool:
    return TAKEN in text or REFUSED in text

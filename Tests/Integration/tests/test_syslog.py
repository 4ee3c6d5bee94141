# SPDX-License-Identifier: Apache-2.0
"""syslog: messages as the C library writes them, to a socket of datagrams or of a stream."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import Gateway, KongFile, ai_echo, request
from harness.collectors import SyslogCollector

ECHO = ai_echo()
MESSAGE = re.compile(rb"<(\d+)>([A-Z][a-z]{2}) ([ \d]\d) \d\d:\d\d:\d\d kong\[(\d+)\]: (\{.*\})")


def syslog(place: Path, **config: Any) -> dict[str, Any]:
    return {"name": "syslog", "config": {"patchbay": {"socket": str(place)}, **config}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log")


@pytest.fixture(scope="module")
def gateway(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    file = KongFile()
    levels = {
        "log_level": "notice",
        "successful_severity": "notice",
        "client_errors_severity": "warning",
        "server_errors_severity": "info",
        "syslog_facility": "LOCAL3",
    }
    file.route("/datagrams", ECHO, syslog(folder / "datagrams"))
    file.route("/stream", ECHO, syslog(folder / "stream"))
    file.route("/levels", ECHO, syslog(folder / "levels", **levels))
    file.route("/unreachable", syslog(folder / "levels", **levels))
    with Gateway(file, tmp_path_factory.mktemp("syslog")) as gateway:
        yield gateway


def ask(gateway: Gateway, path: str, body: Any = None) -> int:
    body = body or {"messages": [{"role": "user", "content": "hi"}]}
    return request(gateway.address, "POST", path, body).status


def parsed(message: bytes) -> tuple[int, bytes, dict[str, Any]]:
    found = MESSAGE.fullmatch(message)
    assert found, message
    return int(found[1]), found[4], json.loads(found[5])


@pytest.mark.parametrize(
    ("name", "kind"), [("datagrams", socket.SOCK_DGRAM), ("stream", socket.SOCK_STREAM)]
)
def test_an_entry_is_a_message(
    gateway: Gateway, folder: Path, name: str, kind: socket.SocketKind
) -> None:
    with SyslogCollector(folder / name, kind) as log:
        assert ask(gateway, f"/{name}/1") == 200
        assert ask(gateway, f"/{name}/2") == 200
        messages = log.messages.wait(lambda all: len(all) >= 2)
    found = [parsed(message) for message in messages]
    # The two requests may have been on different event loops.
    assert sorted(entry["request"]["uri"] for _, _, entry in found) == [f"/{name}/1", f"/{name}/2"]
    for priority, pid, _ in found:
        assert priority == 1 << 3 | 6, "USER and info"
        assert int(pid) == gateway.pid


def test_status_and_level_decide(gateway: Gateway, folder: Path) -> None:
    with SyslogCollector(folder / "levels") as log:
        assert ask(gateway, "/levels/good") == 200
        assert ask(gateway, "/levels/bad", {"messages": 1}) == 400
        assert ask(gateway, "/unreachable") >= 500
        assert ask(gateway, "/levels/last") == 200
        messages = log.messages.wait(lambda all: len(all) >= 3)
    found = [(priority, entry["request"]["uri"]) for priority, _, entry in map(parsed, messages)]
    facility = 19 << 3
    assert sorted(found) == [
        (facility | 4, "/levels/bad"),
        (facility | 5, "/levels/good"),
        (facility | 5, "/levels/last"),
    ], "a server error is only info here, and info is less than notice"


def test_a_log_that_is_started_anew_is_found_again(gateway: Gateway, folder: Path) -> None:
    ask(gateway, "/datagrams/while-away")
    gateway.wait_for_log("entries were not delivered")
    with SyslogCollector(folder / "datagrams") as log:
        messages = log.messages.wait(lambda all: len(all) >= 1)
    assert parsed(messages[0])[2]["request"]["uri"] == "/datagrams/while-away"

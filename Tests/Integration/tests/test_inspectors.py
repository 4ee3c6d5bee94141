# SPDX-License-Identifier: Apache-2.0
"""Neighbours that only look at a request are asked at the same time."""

import socket
import threading
from pathlib import Path

from chaos.installation import install_chaos
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request
from harness.raw_upstream import RawUpstream, read_head

HEADERS = {"Authorization": f"Bearer {KEY}"}
NAMES = ("inspector-a", "inspector-b", "inspector-c")


class Meeting(RawUpstream):
    """Answers nobody before all are there: who would be asked behind another never comes."""

    def __init__(self, guests: int) -> None:
        super().__init__(self._receive)
        self._barrier = threading.Barrier(guests, timeout=20)
        self.seen: list[str] = []

    def _receive(self, connection: socket.socket) -> None:
        while True:
            line = read_head(connection).decode().splitlines()[0]
            self.seen.append(line.split()[1].partition("phase=")[2])
            self._barrier.wait()
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def test_neighbours_that_only_inspect_are_in_their_calls_at_once(
    tmp_path: Path, fake: FakeOpenAI
) -> None:
    folder, scratch = tmp_path / "plugins", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    for number, name in enumerate(NAMES):
        install_chaos(name, folder, scratch, priority=900 - number)
    with Meeting(len(NAMES)) as meeting:
        inspectors = [
            {"name": name, "config": {"does": "inspects", "url": meeting.url}} for name in NAMES
        ]
        file = KongFile().route("/", *inspectors, url=fake.url)
        with Gateway(file, tmp_path, plugins=folder) as gateway:
            for round in (1, 2):
                response = request(gateway.address, "GET", "/v1/models", None, HEADERS)
                assert response.status == 200, response
                assert len(fake.requests) == round
    assert sorted(meeting.seen) == sorted(NAMES * 2)

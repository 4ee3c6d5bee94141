# SPDX-License-Identifier: Apache-2.0
"""Clients of every kind, those that behave and those that do not."""

import contextlib
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable

from harness.client import connect, send
from harness.sdk import user

Address = tuple[str, int]


def plain(address: Address, _: random.Random) -> None:
    """A few requests on one connection."""
    connection = connect(address)
    for _number in range(5):
        assert send(connection, "GET", "/plain").status == 200
    connection.close()


def chat(address: Address, chance: random.Random) -> None:
    body = {"messages": user("x" * chance.randrange(20_000)), "stream": chance.random() < 0.5}
    connection = connect(address)
    assert send(connection, "POST", "/chat", body).status == 200
    connection.close()


def echo(address: Address, chance: random.Random) -> None:
    body = {"messages": user("a b c " * chance.randrange(1, 200)), "stream": True}
    connection = connect(address)
    assert send(connection, "POST", "/echo", body).status == 200
    connection.close()


def lost(address: Address, _: random.Random) -> None:
    connection = connect(address)
    assert send(connection, "GET", "/nowhere").status == 404
    connection.close()


def large(address: Address, chance: random.Random) -> None:
    """Bodies in chunks, up to beyond the limit."""
    size = chance.choice([1 << 10, 1 << 16, 1 << 19, 2 << 20])
    connection = connect(address)
    connection.request("POST", "/plain", iter([b"x" * 8192] * (size // 8192)), encode_chunked=True)
    with contextlib.suppress(OSError):
        assert connection.getresponse().status in (200, 413)
    connection.close()


def leaves(address: Address, chance: random.Random) -> None:
    """Goes in the midst of what it asked for."""
    whole = b'{"messages":[{"role":"user","content":"%b"}],"stream":true}' % (b"y" * 2000)
    head = b"POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    request = head + b"Content-Length: %d\r\n\r\n" % len(whole) + whole
    with socket.create_connection(address, timeout=20) as raw:
        raw.sendall(request[: chance.randrange(1, len(request) + 1)])
        if chance.random() < 0.5:
            raw.settimeout(0.05)
            with contextlib.suppress(OSError):
                raw.recv(1)


def broken(address: Address, chance: random.Random) -> None:
    """No request at all."""
    with socket.create_connection(address, timeout=20) as raw:
        raw.sendall(chance.randbytes(chance.randrange(1, 2000)) + b"\r\n\r\n")
        raw.settimeout(5)
        with contextlib.suppress(OSError):
            while raw.recv(65536):
                pass


def slow(address: Address, _: random.Random) -> None:
    """Begins a head, and waits for the end."""
    with socket.create_connection(address, timeout=20) as raw:
        raw.sendall(b"GET /plain HTTP/1.1\r\nHost: x\r\n")
        with contextlib.suppress(OSError):
            while raw.recv(65536):
                pass


KINDS: list[Callable[[Address, random.Random], None]] = [
    plain,
    plain,
    chat,
    chat,
    echo,
    lost,
    large,
    leaves,
    broken,
    slow,
]


class Traffic:
    """A client of each of `KINDS`, with one visit behind the other."""

    def __init__(self, address: Address, seed: int) -> None:
        self.address = address
        self.seed = seed
        self.visits: Counter[str] = Counter()
        self.failures: list[str] = []

    def run(self, seconds: float) -> None:
        """Returns when all have left."""
        end = time.monotonic() + seconds
        threads = [
            threading.Thread(target=self._client, args=(kind, self.seed + number, end))
            for number, kind in enumerate(KINDS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.seed += len(KINDS)
        assert not self.failures, self.failures[0]

    def _client(
        self, kind: Callable[[Address, random.Random], None], seed: int, end: float
    ) -> None:
        chance = random.Random(seed)
        while time.monotonic() < end and not self.failures:
            try:
                kind(self.address, chance)
                self.visits[kind.__name__] += 1
            except Exception as failure:
                self.failures.append(f"{kind.__name__}, seed {seed}: {failure!r}")

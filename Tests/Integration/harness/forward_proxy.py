# SPDX-License-Identifier: Apache-2.0
"""A forward proxy: tunnels for https (CONNECT), whole requests for http in absolute form. Strict, and keeps what it was asked."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from .raw_upstream import RawUpstream, read_exactly, read_head


class ForwardProxy:
    def __init__(self, answer: bytes | None = None) -> None:
        """`answer`: instead of a tunnel, a request for one gets these bytes."""
        self._answer = answer
        self._server = RawUpstream(self._talk)
        self.port = int(self._server.url.rpartition(":")[2])
        self.heads: list[bytes] = []

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, _)

    def _talk(self, connection: socket.socket) -> None:
        while True:
            head = read_head(connection)
            self.heads.append(head)
            method, target, version = head.split(b"\r\n", 1)[0].decode().split(" ")
            assert version == "HTTP/1.1"
            if method == "CONNECT":
                return self._tunnel(connection, target, head)
            self._pass_on(connection, target, head)

    def _tunnel(self, connection: socket.socket, target: str, head: bytes) -> None:
        assert head == f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()
        if self._answer is not None:
            connection.sendall(self._answer)
            return
        host, _, port = target.rpartition(":")
        with socket.create_connection((host, int(port)), 10) as upstream:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\nContent-Length: 7\r\n\r\n")
            threading.Thread(target=_copy, args=(upstream, connection), daemon=True).start()
            _copy(connection, upstream)

    def _pass_on(self, connection: socket.socket, target: str, head: bytes) -> None:
        url = urlsplit(target)
        assert url.scheme == "http" and url.hostname and url.port, "not in absolute form"
        line, _, fields = head.partition(b"\r\n")
        assert f"Host: {url.netloc}".lower().encode() in fields.lower().split(b"\r\n")
        origin = line.replace(target.encode(), url._replace(scheme="", netloc="").geturl().encode())
        with socket.create_connection((url.hostname, url.port), 10) as upstream:
            upstream.sendall(origin + b"\r\n" + fields + read_exactly(connection, _length(head)))
            answer = read_head(upstream)
            connection.sendall(answer + read_exactly(upstream, _length(answer)))


def _length(head: bytes) -> int:
    for field in head.split(b"\r\n"):
        name, _, value = field.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _copy(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)

# SPDX-License-Identifier: Apache-2.0
"""Who gets what log plugins send: over HTTP, as lines over TCP, as messages for syslog."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

Entry = dict[str, Any]
T = TypeVar("T")


class Collected(Generic[T]):
    """What has come, for who waits for it."""

    def __init__(self) -> None:
        self._all: list[T] = []
        self._changed = threading.Condition()

    def add(self, one: T) -> None:
        with self._changed:
            self._all.append(one)
            self._changed.notify_all()

    def wait(self, enough: Callable[[list[T]], bool], timeout: float = 10) -> list[T]:
        """All that has come, once it is enough."""
        with self._changed:
            found = self._changed.wait_for(lambda: enough(self._all), timeout)
            assert found, f"it never came: {self._all}"
            return list(self._all)

    @property
    def all(self) -> list[T]:
        with self._changed:
            return list(self._all)


@dataclass(frozen=True)
class Posted:
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int
    """What it was answered."""

    @property
    def entries(self) -> list[Entry]:
        return self.body if isinstance(self.body, list) else [self.body]


class HTTPCollector:
    """Takes entries over HTTP. `failures[path]` requests at a path are answered with 503 first."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.posted = Collected[Posted]()
        self.failures: dict[str, int] = {}
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                left = collector.failures.get(self.path, 0)
                collector.failures[self.path] = left - 1
                status = 503 if left > 0 else 200
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                collector.posted.add(
                    Posted(self.command, self.path, headers, json.loads(body), status)
                )

            do_POST = do_PUT = do_PATCH = _take

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: tests look at what was posted."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def taken(self, path: str, count: int) -> list[Posted]:
        """What was posted to a path and taken, once it has so many entries."""

        def mine(all: list[Posted]) -> list[Posted]:
            return [one for one in all if one.path == path and one.status == 200]

        enough = self.posted.wait(lambda all: sum(len(p.entries) for p in mine(all)) >= count)
        return mine(enough)


class LineCollector:
    """Takes lines over TCP."""

    def __init__(self, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.lines = Collected[Entry]()
        self.connections = Collected[socket.socket]()
        self._tls = tls
        self._server = socket.create_server(("127.0.0.1", port))
        self.port = self._server.getsockname()[1]
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self.connections.all:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _start(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
                if self._tls:
                    connection = self._tls.wrap_socket(connection, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            self.connections.add(connection)
            self._start(self._read, connection)

    def _read(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as file:
            for line in file:
                self.lines.add(json.loads(line))


class SyslogCollector:
    """The machine's log: a socket at a path, of datagrams or of a stream."""

    def __init__(self, path: Path, kind: socket.SocketKind = socket.SOCK_DGRAM) -> None:
        self.messages = Collected[bytes]()
        self._path = path
        self._kind = kind

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, self._kind)
        self._socket.bind(str(self._path))
        work = self._datagrams
        if self._kind == socket.SOCK_STREAM:
            self._socket.listen()
            work = self._streams
        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _datagrams(self) -> None:
        with contextlib.suppress(OSError):
            while message := self._socket.recv(1 << 20):
                self.messages.add(message)

    def _streams(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._socket.accept()
            rest = b""
            while piece := connection.recv(1 << 16):
                *messages, rest = (rest + piece).split(b"\0")
                for message in messages:
                    self.messages.add(message)

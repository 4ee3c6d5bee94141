# SPDX-License-Identifier: Apache-2.0
"""An upstream that says exactly what a test says: bytes in, bytes out."""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType

Conversation = Callable[[socket.socket], None]


class RawUpstream:
    """`with RawUpstream(talk) as upstream`: calls `talk` with each connection, in a thread of its own."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "RawUpstream":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        # To close is not enough to wake a thread that accepts.
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            connection.settimeout(20)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._talk(connection)


def read_head(connection: socket.socket) -> bytes:
    """Up to and with the empty line, and not a byte more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece:
            raise ConnectionError(f"the peer closed within a head: {head!r}")
        head += piece
    return head


def read_exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError(f"the peer closed after {len(data)} of {count} bytes")
        data += piece
    return data

# SPDX-License-Identifier: Apache-2.0
"""An upstream that reads what it gets, and says that it is well."""

import socket
from io import BufferedReader


def answer(connection: socket.socket) -> None:
    """Requests one behind the other, until the gateway has enough."""
    with connection.makefile("rb") as stream:
        while head := _head(stream):
            if b"transfer-encoding: chunked" in head:
                # What is cut off ends with an empty line.
                while size := int(stream.readline() or b"0", 16):
                    stream.read(size + 2)
                stream.readline()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def _head(stream: BufferedReader) -> bytes:
    head = b""
    while line := stream.readline():
        if line == b"\r\n":
            return head
        head += line.lower()
    return b""

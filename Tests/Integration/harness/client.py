# SPDX-License-Identifier: Apache-2.0
"""A plain HTTP client that shows what is on the wire: no retries, no decoding, no SDK."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TIMEOUT = 20.0


@dataclass(frozen=True)
class Response:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    # False: the connection ended before the body did.
    is_complete: bool = True

    def header(self, name: str) -> str | None:
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    def json(self) -> Any:
        return json.loads(self.body)

    def __str__(self) -> str:
        head = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return f"HTTP {self.status}\n{head}\n\n{self.body[:4000]!r}"


def connect(address: tuple[str, int]) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(*address, timeout=TIMEOUT)
    connection.connect()
    return connection


def request(
    address: tuple[str, int],
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A request on a connection of its own. A body that is not bytes is sent as JSON."""
    connection = connect(address)
    try:
        return send(connection, method, path, body, headers)
    finally:
        connection.close()


def send(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    start(connection, method, path, body, headers)
    response = connection.getresponse()
    try:
        content, is_complete = response.read(), True
    except http.client.IncompleteRead as cut:
        content, is_complete = cut.partial, False
    except ConnectionError:
        content, is_complete = b"", False
    return Response(response.status, response.getheaders(), content, is_complete)


def start(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Sends the request only."""
    all_headers = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body, ensure_ascii=False).encode()
        all_headers.setdefault("Content-Type", "application/json")
    connection.request(method, path, body, all_headers)


def read_until_cut(response: http.client.HTTPResponse) -> tuple[bytes, bool]:
    """All bytes of a body, piece by piece, and whether it ended as its framing says."""
    content = bytearray()
    try:
        while piece := response.read1(65536):
            content += piece
    except (http.client.IncompleteRead, ConnectionError):
        return bytes(content), False
    return bytes(content), True

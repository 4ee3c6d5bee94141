# SPDX-License-Identifier: Apache-2.0
"""The processes of one plugin, by Patchbay's admin API."""

import http.client
import json
import socket
import time
from typing import Any


class Admin:
    def __init__(self, port: int, plugin: str) -> None:
        self._port = port
        self._path = f"/plugins/processes/{plugin}"

    def swap(self, version: str) -> None:
        """Gives back when the host says that the version serves.

        Takes as little of the CPU as it can, which is missing to what is measured."""
        body = f'{{"version":"{version}"}}'
        head = (
            f"PUT {self._path} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", self._port), timeout=30) as connection:
            connection.sendall((head + body).encode())
            answer = connection.recv(1 << 16)
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"PUT {self._path}: {answer!r}")

    def wait_until_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not any(one["state"] == "ready" for one in self._ask("GET")["data"]):
            if time.monotonic() > deadline:
                raise SystemExit(f"{self._path}: no process is ready after {seconds} s")
            time.sleep(0.01)

    def _ask(self, method: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, self._path, text, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
            if response.status != 200:
                raise SystemExit(f"{method} {self._path}: {response.status} {answer!r}")
            return json.loads(answer)
        finally:
            connection.close()

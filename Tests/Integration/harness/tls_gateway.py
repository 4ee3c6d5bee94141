# SPDX-License-Identifier: Apache-2.0
"""A gateway with one more listener, which speaks TLS, and clients of it."""

import http.client
import socket
import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .client import TIMEOUT, Response, send
from .gateway import Gateway, free_ports
from .kong import KongFile


class TLSGateway(Gateway):
    def __init__(
        self, file: KongFile, directory: Path, environment: dict[str, str] | None = None
    ) -> None:
        self.tls_port = free_ports(1)[0]
        super().__init__(
            file,
            directory,
            environment,
            arguments=["--listen", f"127.0.0.1:{self.tls_port} ssl http2 reuseport"],
        )

    @property
    def tls_address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.tls_port)

    def connect(
        self,
        context: ssl.SSLContext,
        name: str | None = "localhost",
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """A connection whose handshake is over."""
        raw = socket.create_connection(self.tls_address, timeout=TIMEOUT)
        try:
            return context.wrap_socket(raw, server_hostname=name, session=session)
        except BaseException:
            raw.close()
            raise

    def ask(
        self,
        context: ssl.SSLContext,
        path: str,
        name: str = "localhost",
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A request on a connection of its own."""
        with self.connect(context, name) as connection:
            return over(connection, method, path, body, headers)

    def openssl(
        self, *arguments: str | Path, text: str = "", name: str = "localhost"
    ) -> subprocess.CompletedProcess[str]:
        """What the `openssl` command's client sees that sends this text."""
        address = f"127.0.0.1:{self.tls_port}"
        command = ["openssl", "s_client", "-connect", address, "-servername", name, *arguments]
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=TIMEOUT)


def over(
    connection: ssl.SSLSocket,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A request over a connection, which stays."""
    client = http.client.HTTPConnection("localhost", timeout=TIMEOUT)
    client.sock = connection
    return send(client, method, path, body, headers)

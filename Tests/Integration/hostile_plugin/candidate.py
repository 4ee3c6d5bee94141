# SPDX-License-Identifier: Apache-2.0
"""The plugin of the Python example under a name and a version of its own, which stops at one stage or takes one call at a time."""

import json
import pkgutil
import signal
import socket
import sys
from typing import Any

import python_header
from python_header import CALL, CONFIGURE, FAILURE, HELLO, READY, REPLY

# Packed beside this file: name, version and manner.
IDENTITY: dict[str, str] = json.loads(pkgutil.get_data(__name__, "identity.json") or b"{}")
MANNERS = {"polite", "no-greeting", "another-protocol", "unasked-protocol"}
MANNERS |= {"no-configuration", "single"}


class Candidate(python_header.Plugin):
    """`single`: takes one call at a time, and answers none before SIGUSR1 comes."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.held: list[tuple[socket.socket, int, int, Any]] = []
        self.is_open = False
        signal.signal(signal.SIGUSR1, lambda *_: self.open())

    def handle(
        self, connection: socket.socket, kind: int, stream: int, flags: int, ordinal: int, meta: bytes
    ) -> None:
        manner = IDENTITY["manner"]
        if kind == HELLO and manner == "no-greeting":
            return
        if kind == HELLO and manner == "another-protocol":
            failure = self.message("Failure")(
                code="version-mismatch", message="this plugin speaks version 7", hint="upgrade the host"
            )
            return self.send(connection, FAILURE, failure)
        if kind == CONFIGURE and manner == "no-configuration":
            return
        if kind == CALL and manner == "single" and not self.is_open:
            self.held.append((connection, stream, ordinal, self.message("Call").FromString(meta)))
            return
        super().handle(connection, kind, stream, flags, ordinal, meta)

    def open(self) -> None:
        self.is_open = True
        for connection, stream, ordinal, call in self.held:
            self.send(connection, REPLY, self.reply(call), stream, ordinal)

    def send(
        self, connection: socket.socket, kind: int, message: Any, stream: int = 0, ordinal: int = 0
    ) -> None:
        if kind == READY and IDENTITY["manner"] == "unasked-protocol":
            message.version = 7
        if kind == READY and IDENTITY["manner"] == "single":
            message.limits.max_streams = 1
        super().send(connection, kind, message, stream, ordinal)


def run() -> None:
    name, version = IDENTITY["name"], IDENTITY["version"]
    if IDENTITY["manner"] not in MANNERS:
        sys.exit(f"there is no manner {IDENTITY['manner']}")

    def manifest(message: Any) -> Any:
        return message("Manifest")(
            name=name, version=version, priority=800, phases=[1],
            config_schema=json.dumps(python_header.SCHEMA).encode(), on_failure=1, state_version=1,
            permissions=python_header.permissions(),
        )  # fmt: skip

    if sys.argv[1:] == ["--manifest"]:
        print(json.dumps({
            "name": name, "version": version, "priority": 800, "phases": ["PHASE_REQUEST"],
            "services": [], "onFailure": "FAILURE_POLICY_CLOSED", "stateVersion": 1,
            "protocol": {"min": 1, "max": 1}, "sdk": "python",
            "configSchema": python_header.SCHEMA, "permissions": python_header.permissions(),
        }))  # fmt: skip
        return
    python_header.manifest = manifest
    sys.exit(Candidate(python_header.load_messages()).run())

# SPDX-License-Identifier: Apache-2.0
"""The plugin of the Python example, with every kind of bad manners."""

import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

import python_header
from python_header import CALL, CREDIT, HEADER, LAST, REPLY

PING = 0x05
SERVICE_CALL = 0x40
SERVICE_RESULT = 0x41


class Hostile(python_header.Plugin):
    """Answers calls as the `name` of the instance's config says."""

    def handle(
        self, connection: socket.socket, kind: int, stream: int, flags: int, ordinal: int, meta: bytes
    ) -> None:
        if kind == SERVICE_RESULT:
            return self.refused(connection, meta)
        if kind != CALL:
            return super().handle(connection, kind, stream, flags, ordinal, meta)
        if not flags & LAST:
            self.open_streams.add((connection, stream))
        call = self.message("Call").FromString(meta)
        reply = self.message("Reply")(exchange=call.exchange, attempt=call.attempt)
        manner = self.generations[call.generation][call.instance]["name"]
        if manner in FRAMES:
            FRAMES[manner](self, connection, stream, ordinal, reply)
        else:
            REPLIES[manner](reply)
            self.send(connection, REPLY, reply, stream, ordinal)

    def refused(self, connection: socket.socket, meta: bytes) -> None:
        """Says in a header what became of the service call."""
        stream, ordinal, reply = self.asked
        code = self.message("ServiceResult").FromString(meta).error.code
        reply.request_headers.add(action=1, name=b"x-refused", value=code.encode())
        self.send(connection, REPLY, reply, stream, ordinal)


Frame = Callable[[Hostile, socket.socket, int, int, Any], None]


def _raw(connection: socket.socket, *header: int, rest: bytes = b"") -> None:
    connection.sendall(HEADER.pack(*header) + rest)


def _twice(plugin: Hostile, connection: socket.socket, stream: int, ordinal: int, reply: Any) -> None:
    plugin.send(connection, REPLY, reply, stream, ordinal)
    plugin.send(connection, REPLY, reply, stream, ordinal)


def _credit(plugin: Hostile, connection: socket.socket, stream: int, ordinal: int, reply: Any) -> None:
    for _ in range(4):
        plugin.send(connection, CREDIT, plugin.message("Credit")(bytes=0xFFFF_FFFF))
    plugin.send(connection, REPLY, reply, stream, ordinal)


def _service(plugin: Hostile, connection: socket.socket, stream: int, ordinal: int, reply: Any) -> None:
    call = plugin.message("ServiceCall")(parent_stream=stream + 4000, parent_ordinal=0)
    call.kv_get.key = b"somebody else's"
    plugin.send(connection, SERVICE_CALL, call, 2)


def _undeclared(
    plugin: Hostile, connection: socket.socket, stream: int, ordinal: int, reply: Any
) -> None:
    """Asks for a service that its manifest does not name."""
    plugin.asked = (stream, ordinal, reply)
    call = plugin.message("ServiceCall")(parent_stream=stream, parent_ordinal=ordinal)
    call.counter_add.key, call.counter_add.by = b"k", 1
    plugin.send(connection, SERVICE_CALL, call, 2)


def _deaf(plugin: Hostile, connection: socket.socket, stream: int, ordinal: int, reply: Any) -> None:
    """Closes the connection and lives on."""
    plugin.selector.unregister(connection)
    connection.shutdown(socket.SHUT_RDWR)


def _asking(plugin: Hostile, connection: socket.socket, stream: int, ordinal: int, reply: Any) -> None:
    """Pings until the host has had enough, and reads no answer."""
    connection.setblocking(True)
    pings = HEADER.pack(0, 0, PING, 0, 0, 0) * 4096
    try:
        while True:
            connection.sendall(pings)
    except OSError:
        plugin.selector.unregister(connection)


def _edits_and_a_bad_splice(reply: Any) -> None:
    reply.path, reply.method = b"/evil", b"DELETE"
    reply.target.MergeFrom(type(reply.target)(scheme="http", host="evil.invalid"))
    reply.request_headers.add(action=1, name=b"x-evil", value=b"1")
    reply.splices.add(offset=99, delete=1)


# What leaves instead of a reply.
FRAMES: dict[str, Frame] = {
    "longer-than-any-frame": lambda p, c, s, o, r: _raw(c, 0x7FFF_FFFF, s, REPLY, 0, o, 10),
    "message-beyond-its-frame": lambda p, c, s, o, r: _raw(c, 4, s, REPLY, 0, o, 400, rest=b"1234"),
    "unknown-type": lambda p, c, s, o, r: _raw(c, 0, s, 0x7F, 0, 0, 0),
    "no-message": lambda p, c, s, o, r: _raw(c, 3, s, REPLY, 0, o, 3, rest=b"\xff\xff\xff"),
    "garbage": lambda p, c, s, o, r: c.sendall(bytes(range(256)) * 64),
    "never-opened-stream": lambda p, c, s, o, r: p.send(c, REPLY, r, s + 2000, o),
    "another-ordinal": lambda p, c, s, o, r: p.send(c, REPLY, r, s, o + 1),
    "a-call-of-its-own": lambda p, c, s, o, r: p.send(c, CALL, r, s, o),
    "service-for-a-stranger": _service,
    "undeclared-service": _undeclared,
    "too-much-credit": _credit,
    "closed-connection": lambda p, c, s, o, r: c.shutdown(socket.SHUT_RDWR),
    "closed-connection-and-alive": _deaf,
    "asks-and-never-reads": _asking,
    "exit": lambda p, c, s, o, r: os._exit(3),
    "twice": _twice,
}

# What a reply says that is well formed.
REPLIES: dict[str, Callable[[Any], Any]] = {
    "polite": lambda r: None,
    "another-exchange": lambda r: setattr(r, "exchange", r.exchange + 1),
    "another-attempt": lambda r: setattr(r, "attempt", 7),
    "splice-out-of-bounds": lambda r: r.splices.add(offset=1 << 62, delete=5),
    "splice-of-all-numbers": lambda r: r.splices.add(offset=(1 << 64) - 1, delete=(1 << 64) - 1),
    "insert-without-bytes": lambda r: r.splices.add(offset=0, insert=1 << 63),
    "body-without-bytes": lambda r: r.respond.MergeFrom(
        type(r.respond)(status=200, body_length=1 << 40)
    ),
    "header-with-a-line-break": lambda r: r.request_headers.add(
        action=1, name=b"x-a", value=b"b\r\nx-evil: 1"
    ),
    "header-that-frames": lambda r: r.request_headers.add(
        action=1, name=b"Content-Length", value=b"9"
    ),
    "name-that-is-none": lambda r: r.request_headers.add(action=1, name=b"x evil:", value=b"1"),
    "path-with-a-line-break": lambda r: setattr(r, "path", b"/ HTTP/1.1\r\nx-evil: 1\r\n\r\n"),
    "method-that-is-none": lambda r: setattr(r, "method", b"GET /evil"),
    "target-with-a-user": lambda r: r.target.MergeFrom(
        type(r.target)(scheme="http", host="x@evil", port=80)
    ),
    "status-that-is-none": lambda r: r.respond.MergeFrom(type(r.respond)(status=99)),
    "body-that-nobody-makes": lambda r: r.respond.MergeFrom(
        type(r.respond)(status=200, produce=True)
    ),
    "edits-and-a-bad-splice": _edits_and_a_bad_splice,
    "splice-of-an-unseen-body": lambda r: r.splices.add(offset=0, delete=0),
    "secret-of-another": lambda r: r.request_headers.add(
        action=1, name=b"x-stolen", secret="secret:" + "0" * 32
    ),
    "endless-variables": lambda r: r.variables.add(name="v", text="x" * 100_000),
    "client-of-its-choice": lambda r: setattr(r.authenticate, "consumer", "evil"),
    "conceals-what-is-logged": lambda r: r.conceal.headers.append(b"x-test"),
    "identity-in-a-variable": lambda r: r.variables.add(name="consumer.id", text="evil"),
    "metric-that-is-no-number": lambda r: r.metrics.add(name="n", kind=1, value=float("nan")),
    "checkpoint-beyond-the-limit": lambda r: setattr(r, "checkpoint", b"x" * (64 << 10) + b"x"),
    "log-file-of-another": lambda r: r.log_lines.add(file=3),
}


def run() -> None:
    def manifest(message: Any) -> Any:
        return message("Manifest")(
            name="hostile", version="1.0.0", priority=800, phases=[1],
            config_schema=json.dumps(python_header.SCHEMA).encode(), on_failure=1, state_version=1,
            permissions=python_header.permissions(),
        )  # fmt: skip

    if sys.argv[1:] == ["--manifest"]:
        print(json.dumps({
            "name": "hostile", "version": "1.0.0", "priority": 800, "phases": ["PHASE_REQUEST"],
            "services": [], "onFailure": "FAILURE_POLICY_CLOSED", "stateVersion": 1,
            "protocol": {"min": 1, "max": 1}, "sdk": "python",
            "configSchema": python_header.SCHEMA, "permissions": python_header.permissions(),
        }))  # fmt: skip
        return
    python_header.manifest = manifest
    sys.exit(Hostile(python_header.load_messages()).run())

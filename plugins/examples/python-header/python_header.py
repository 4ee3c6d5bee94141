# SPDX-License-Identifier: Apache-2.0
"""A Patchbay plugin without an SDK: adds a header to each request.

It needs the standard library, `protobuf` and the protocol's descriptors; build.sh packs them into one file (see README.md).
"""

import json
import os
import pkgutil
import selectors
import socket
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "patchbay.plugin.v1."
HEADER = struct.Struct("<IIBBHI")  # length, stream, type, flags, ordinal, length of the message
HELLO, READY, CONFIGURE, CONFIGURED, PING, PONG, DRAIN, DRAINED, FAILURE = range(1, 10)
CALL, REPLY, DATA, CREDIT, CANCEL = range(0x20, 0x25)
LAST, IGNORABLE = 1, 2

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "default": "x-hello"},
        "value": {"type": "string", "default": "world"},
    },
    "additionalProperties": False,
}


def load_messages():
    """The message classes, made from the descriptors that are packed beside this file."""
    descriptors = descriptor_pb2.FileDescriptorSet()
    descriptors.ParseFromString(pkgutil.get_data(__name__, "plugin.desc"))
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.file:
        pool.Add(file)
    return lambda name: message_factory.GetMessageClass(
        pool.FindMessageTypeByName(PACKAGE + name))


def permissions():
    """To read this interpreter and its packages, where they are not the system's, which every plugin may read."""
    folders = {sys.prefix, sys.base_prefix}
    return sorted(f"read:{folder}" for folder in folders if not f"{folder}/".startswith("/usr/"))


def manifest(message):
    return message("Manifest")(
        name="python-header", version="1.0.0", priority=800, phases=[1],
        config_schema=json.dumps(SCHEMA).encode(), on_failure=1, state_version=1,
        permissions=permissions())


class Plugin:
    def __init__(self, message):
        self.message = message
        self.generations = {}  # generation → instance → config
        self.open_streams = set()  # (connection, stream)
        self.draining = False
        self.control = socket.socket(fileno=3)
        self.buffers = {self.control: bytearray()}
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.control, selectors.EVENT_READ)

    def send(self, connection, kind, message, stream=0, ordinal=0):
        meta = message.SerializeToString()
        connection.sendall(HEADER.pack(len(meta), stream, kind, 0, ordinal, len(meta)) + meta)

    def run(self):
        while True:
            for key, _ in self.selector.select():
                data = key.fileobj.recv(1 << 18)
                if not data:
                    return 0  # the host is gone
                self.buffers[key.fileobj] += data
                self.receive(key.fileobj, self.buffers[key.fileobj])
            if self.draining and not self.open_streams:
                self.send(self.control, DRAINED, self.message("Drained")())
                return 0

    def receive(self, connection, buffer):
        while len(buffer) >= HEADER.size:
            length, stream, kind, flags, ordinal, meta_length = HEADER.unpack_from(buffer)
            if len(buffer) < HEADER.size + length:
                return
            meta = bytes(buffer[HEADER.size:HEADER.size + meta_length])
            del buffer[:HEADER.size + length]
            self.handle(connection, kind, stream, flags, ordinal, meta)

    def handle(self, connection, kind, stream, flags, ordinal, meta):
        message = self.message
        if kind == HELLO:
            hello = message("Hello").FromString(meta)
            if not hello.version_min <= 1 <= hello.version_max:
                failure = message("Failure")(
                    code="version-mismatch", message="this plugin speaks version 1")
                self.send(connection, FAILURE, failure)
                sys.exit(1)
            for descriptor in range(4, 4 + hello.data_connections):
                data = socket.socket(fileno=descriptor)
                self.buffers[data] = bytearray()
                self.selector.register(data, selectors.EVENT_READ)
            ready = message("Ready")(version=1, manifest=manifest(message), sdk="python")
            self.send(connection, READY, ready)
        elif kind == CONFIGURE:
            self.configure(message("Configure").FromString(meta))
        elif kind == PING:
            ping = message("Ping").FromString(meta)
            self.send(connection, PONG, message("Pong")(nonce=ping.nonce))
        elif kind == DRAIN:
            self.draining = True
        elif kind == CALL:
            self.open_streams.add((connection, stream))
            call = message("Call").FromString(meta)
            self.send(connection, REPLY, self.reply(call), stream, ordinal)
            if flags & LAST:
                self.open_streams.discard((connection, stream))
        elif kind == CANCEL:
            self.open_streams.discard((connection, stream))
        elif kind == FAILURE:
            sys.exit(1)
        elif kind not in (CREDIT, DATA) and not flags & IGNORABLE:
            sys.exit(f"unknown frame {kind}")

    def configure(self, configure):
        configs, answer = {}, self.message("Configured")(generation=configure.generation)
        for entry in configure.instances:
            given, result = json.loads(entry.config or "{}"), answer.instances.add()
            result.instance = entry.instance
            for name, value in given.items():
                if name not in SCHEMA["properties"]:
                    result.diagnostics.add(
                        severity=1, pointer=f"/{name}", message="unknown field")
                elif not isinstance(value, str):
                    result.diagnostics.add(
                        severity=1, pointer=f"/{name}", message="expected a string")
            result.subscriptions.add(phase=1)
            configs[entry.instance] = {
                name: given.get(name, field["default"])
                for name, field in SCHEMA["properties"].items()}
        if not configure.dry_run and not any(r.diagnostics for r in answer.instances):
            self.generations[configure.generation] = configs
        for old in [g for g in self.generations if g < configure.oldest_generation]:
            del self.generations[old]
        self.send(self.control, CONFIGURED, answer)

    def reply(self, call):
        reply = self.message("Reply")(exchange=call.exchange, attempt=call.attempt)
        config = self.generations.get(call.generation, {}).get(call.instance)
        if config is None:
            reply.error.code = "unknown-instance"
        else:
            reply.request_headers.add(
                action=1, name=config["name"].encode(), value=config["value"].encode())
        return reply


def main():
    message = load_messages()
    if sys.argv[1:] == ["--manifest"]:
        print(json.dumps({
            "name": "python-header", "version": "1.0.0", "priority": 800,
            "phases": ["PHASE_REQUEST"], "services": [], "onFailure": "FAILURE_POLICY_CLOSED",
            "stateVersion": 1, "protocol": {"min": 1, "max": 1}, "sdk": "python",
            "configSchema": SCHEMA, "permissions": permissions()}))
        return 0
    try:
        os.fstat(3)
    except OSError:
        print("python-header is a Patchbay plugin: a gateway starts it. Try --manifest.")
        return 2
    return Plugin(message).run()


def run():
    sys.exit(main())

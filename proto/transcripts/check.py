#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads transcripts with a second implementation: the standard library and protobuf's own runtime.

    check.py plugin.desc TRANSCRIPT...

Each frame must be whole, each message must be of its type and come back byte for byte, and each call must be answered
by the rules of proto/README.md. One frame may break the rules: the one that says so with '!'.
"""

import pathlib
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

HEADER = struct.Struct("<IIBBHI")  # length, stream, type, flags, ordinal, length of the message
LAST, IGNORABLE, MORE = 1, 2, 4
TYPES = {
    0x01: "Hello", 0x02: "Ready", 0x03: "Configure", 0x04: "Configured", 0x05: "Ping", 0x06: "Pong",
    0x07: "Drain", 0x08: "Drained", 0x09: "Failure", 0x20: "Call", 0x21: "Reply", 0x22: None,
    0x23: "Credit", 0x24: "Cancel", 0x40: "ServiceCall", 0x41: "ServiceResult", 0x60: "Log"}
CALL, REPLY, DATA, CREDIT, CANCEL, SERVICE_CALL, SERVICE_RESULT = (
    0x20, 0x21, 0x22, 0x23, 0x24, 0x40, 0x41)


class Broken(Exception):
    pass


def check(holds, text):
    if not holds:
        raise Broken(text)


def load_messages(path):
    descriptors = descriptor_pb2.FileDescriptorSet()
    descriptors.ParseFromString(path.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.file:
        pool.Add(file)
    return lambda name: message_factory.GetMessageClass(
        pool.FindMessageTypeByName("patchbay.plugin.v1." + name))


def parse(text):
    """The entries of a transcript: direction, connection, whether it is crossed, bytes, violation."""
    entries = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] in "<>":
            entries.append([words[0], words[1], "crossed" in words, bytearray(), None])
        elif words[0] == "!":
            entries[-1][4] = words[1]
        else:
            for word in words:
                digits, _, count = word.partition("*")
                entries[-1][3] += bytes.fromhex(digits) * int(count or 1)
    return entries


class Wire:
    """The rules of a data connection, as one who reads both directions sees them."""

    def __init__(self):
        self.streams = {}  # id → {ordinal, asked, last, more: what is still to come of each side}
        self.known = set()
        self.used = {}  # (direction, stream) → payload bytes not yet given back

    def spend(self, direction, stream, count):
        for window in (stream, 0):
            self.used[direction, window] = self.used.get((direction, window), 0) + count

    def frame(self, direction, stream, kind, flags, ordinal, message, payload, crossed):
        self.spend(direction, stream, len(payload))
        other = "<" if direction == ">" else ">"
        state = self.streams.get(stream)
        if kind in (CALL, SERVICE_CALL):
            check(stream % 2 == (kind == CALL), "parity")
            check((direction == ">") == (kind == CALL), "direction")
            if state is None:
                check(stream not in self.known and ordinal == 0, "a new stream")
                self.known.add(stream)
                state = self.streams[stream] = {"ordinal": -1, "asked": False}
            check(not state["asked"] and ordinal == state["ordinal"] + 1, "one call at a time")
            state.update(
                ordinal=ordinal, asked=True, last=flags & LAST or kind == SERVICE_CALL,
                question=bool(flags & MORE), answer=None,
                parent=message.parent_stream if kind == SERVICE_CALL else None)
        elif kind in (REPLY, SERVICE_RESULT, DATA) and state is None:
            check(crossed and stream in self.known, "late frames are crossed frames")
        elif kind in (REPLY, SERVICE_RESULT):
            check(state["asked"] and state["answer"] is None, "reply-to-nothing")
            check(ordinal == state["ordinal"], "ordinal")
            state["answer"] = bool(flags & MORE)
            self.end_if_answered(stream, state)
        elif kind == DATA:
            is_answer = (direction == "<") == (stream % 2 == 1)
            part = "answer" if is_answer else "question"
            check(state[part] and ordinal == state["ordinal"], "data of a message that goes on")
            state[part] = bool(flags & MORE)
            self.end_if_answered(stream, state)
        elif kind == CANCEL:
            check(direction == ">" and stream in self.known, "the host cancels what it asked")
            self.end(stream)
        elif kind == CREDIT:
            key = (other, stream)
            check(0 < message.bytes <= self.used.get(key, 0), "credit for what was used")
            self.used[key] -= message.bytes

    def end_if_answered(self, stream, state):
        if state["answer"] is not False:
            return
        state["asked"] = False
        self.end_services(stream)
        if state["last"]:
            del self.streams[stream]

    def end(self, stream):
        self.streams.pop(stream, None)
        self.end_services(stream)

    def end_services(self, stream):
        for child in [s for s, v in self.streams.items() if v.get("parent") == stream]:
            del self.streams[child]


def play(messages, entries):
    wire = Wire()
    for direction, link, crossed, data, violation in entries:
        check(len(data) >= HEADER.size, "a header is 16 bytes")
        length, stream, kind, flags, ordinal, meta_length = HEADER.unpack_from(data)
        check(len(data) == HEADER.size + length and meta_length <= length, "the frame's length")
        meta, payload = data[16:16 + meta_length], data[16 + meta_length:]
        if kind not in TYPES:
            check(flags & IGNORABLE, "unknown frame")
            continue
        message = None
        if TYPES[kind]:
            message = messages(TYPES[kind]).FromString(bytes(meta))
            check(message.SerializeToString() == bytes(meta), f"{TYPES[kind]} comes back the same")
        else:
            check(not meta, "data has no message")
        if link == "control":
            check(stream == 0 and not payload, "control frames are on stream 0, without payload")
            continue
        try:
            wire.frame(direction, stream, kind, flags, ordinal, message, payload, crossed)
            check(violation is None, f"nobody noticed {violation}")
        except Broken as broken:
            if str(broken) != violation:
                raise


def main(arguments):
    if len(arguments) < 2:
        print(__doc__)
        return 2
    messages = load_messages(pathlib.Path(arguments[0]))
    failed = 0
    for name in arguments[1:]:
        try:
            entries = parse(pathlib.Path(name).read_text())
            play(messages, entries)
            print(f"{name}: {len(entries)} frames")
        except Broken as broken:
            failed = 1
            print(f"{name}: {broken}")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

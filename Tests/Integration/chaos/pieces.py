# SPDX-License-Identifier: Apache-2.0
"""Numbered pieces of a stream: what is lost, doubled, reordered, mixed up or cut has a name."""

import zlib


class Wrong(Exception):
    """What a client received is not what was sent to it. The text names the difference."""


def piece(nonce: str, number: int, total: int) -> bytes:
    """A line: whose stream, which piece of how many, and a checksum of these."""
    text = f"{nonce} {number}/{total}"
    return f"{text} {zlib.crc32(text.encode()):08x}\n".encode()


class PieceReader:
    """Takes the bytes of one stream as they come, and raises `Wrong` at the first piece that should not be there.

    `versions` collects the versions of a transforming plugin; None: the stream must arrive as it was sent.
    """

    def __init__(self, nonce: str, total: int, transformed: bool = False) -> None:
        self.nonce = nonce
        self.total = total
        self.count = 0
        self.versions: list[str] | None = [] if transformed else None
        self._hash = 0x811C9DC5
        self._rest = b""

    def feed(self, data: bytes) -> int:
        """The number of pieces that became whole."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)
        return len(lines)

    def finish(self) -> None:
        if self._rest:
            raise Wrong(f"cut within a piece, after {self.count} of {self.total}: {self._rest!r}")
        if self.count < self.total:
            raise Wrong(f"cut after {self.count} of {self.total} pieces")

    def _take(self, line: bytes) -> None:
        expected = piece(self.nonce, self.count, self.total)[:-1]
        if not line.startswith(expected):
            raise Wrong(self._difference(line))
        self._check_addition(line[len(expected) :], expected)
        self.count += 1

    def _check_addition(self, addition: bytes, sent: bytes) -> None:
        if self.versions is None:
            if addition:
                raise Wrong(f"piece {self.count} has {addition!r} behind it")
            return
        self._hash = _fnv1a(self._hash, sent)
        match addition.split(b" "):
            case [b"", count, state, version]:
                if int(count) != self.count + 1 or int(state) != self._hash:
                    raise Wrong(
                        f"the plugin's state is wrong at piece {self.count}: it counted "
                        f"{int(count)} pieces; hash {int(state)}, expected {self._hash}"
                    )
                self.versions.append(version.decode())
            case _:
                raise Wrong(f"piece {self.count} was not transformed whole: {addition!r}")

    def _difference(self, line: bytes) -> str:
        words = line.split(b" ")
        if len(words) < 3 or b"/" not in words[1]:
            return f"no piece, after {self.count} of {self.total}: {line[:200]!r}"
        if words[0] != self.nonce.encode():
            return f"a piece of another exchange, in the place of piece {self.count}: {line!r}"
        number = int(words[1].partition(b"/")[0])
        if number > self.count:
            return f"pieces {self.count} to {number - 1} were lost: {number} came instead"
        if number < self.count:
            return f"piece {number} came again, in the place of piece {self.count}"
        return f"piece {number} is damaged: {line!r}"


def _fnv1a(start: int, data: bytes) -> int:
    for byte in data:
        start = (start ^ byte) * 0x01000193 & 0xFFFFFFFF
    return start

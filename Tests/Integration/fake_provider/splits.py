# SPDX-License-Identifier: Apache-2.0
"""Ways to cut a body into the pieces that it is sent in."""

from collections.abc import Callable, Iterator

Split = Callable[[bytes], Iterator[bytes]]


def whole(body: bytes) -> Iterator[bytes]:
    yield body


def every(size: int) -> Split:
    """Pieces of `size` bytes."""

    def split(body: bytes) -> Iterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    return split


def at(*offsets: int) -> Split:
    """Pieces that end at these offsets."""

    def split(body: bytes) -> Iterator[bytes]:
        start = 0
        for offset in (*offsets, len(body)):
            if start < offset <= len(body):
                yield body[start:offset]
                start = offset

    return split

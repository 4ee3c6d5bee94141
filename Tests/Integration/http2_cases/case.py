# SPDX-License-Identifier: Apache-2.0
"""What a case is: what is sent, and what has to come of it."""

from collections.abc import Callable
from dataclasses import dataclass

from hyperframe.frame import DataFrame, HeadersFrame, RstStreamFrame

from harness.http2 import CANCEL, HTTP2Client

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE = 0, 1, 2, 3, 4, 5
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION, UNKNOWN = 6, 7, 8, 9, 0x16
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20
LARGEST_WINDOW = (1 << 31) - 1


@dataclass(frozen=True)
class Connection:
    """GOAWAY with one of the codes, and the connection ends."""

    codes: tuple[int, ...]


@dataclass(frozen=True)
class Stream:
    """RST_STREAM with one of the codes on the case's last stream; the connection goes on."""

    codes: tuple[int, ...]


@dataclass(frozen=True)
class Ignored:
    """Nothing: the connection goes on."""


Expected = Connection | Stream | Ignored
Send = Callable[[HTTP2Client], None]


@dataclass(frozen=True)
class Case:
    section: str
    title: str
    send: Send
    expected: Expected


CASES: list[Case] = []


def case(section: str, expected: Expected) -> Callable[[Send], Send]:
    def add(send: Send) -> Send:
        CASES.append(Case(section, send.__name__, send, expected))
        return send

    return add


def connection(*codes: int) -> Connection:
    return Connection(codes)


def stream(*codes: int) -> Stream:
    return Stream(codes)


# MARK: - What cases are made of


def get(c: HTTP2Client, *flags: str) -> HeadersFrame:
    """The head of a request on a new stream."""
    return c.headers_frame(c.next_stream(), c.fields("GET", "/"), *flags)


def whole(c: HTTP2Client) -> HeadersFrame:
    return get(c, "END_HEADERS", "END_STREAM")


def opened(c: HTTP2Client, path: str = "/slow") -> int:
    """A stream whose request has still a body to come."""
    number = c.next_stream()
    c.send(c.headers_frame(number, c.fields("POST", path), "END_HEADERS"))
    return number


def half_closed(c: HTTP2Client) -> int:
    """A stream whose request is over, and whose response does not come."""
    number = c.next_stream()
    c.send(c.headers_frame(number, c.fields("GET", "/slow"), "END_HEADERS", "END_STREAM"))
    return number


def closed(c: HTTP2Client) -> int:
    number = c.start("GET", "/")
    c.finish(number)
    return number


def reset(c: HTTP2Client) -> int:
    number = opened(c)
    c.send(RstStreamFrame(number, CANCEL))
    return number


def fields(c: HTTP2Client, *more: tuple[str, str], without: str = "") -> bytes:
    return c.block([one for one in c.fields("GET", "/") if one[0] != without] + list(more))


def request(c: HTTP2Client, block: bytes) -> None:
    c.send(HeadersFrame(c.next_stream(), block, flags=["END_HEADERS", "END_STREAM"]))


def posted(c: HTTP2Client, length: int, *pieces: bytes) -> None:
    number = c.next_stream()
    head = c.fields("POST", "/slow", [("content-length", str(length))])
    c.send(c.headers_frame(number, head, "END_HEADERS"))
    for index, piece in enumerate(pieces):
        last = index + 1 == len(pieces)
        c.send(DataFrame(number, piece, flags=["END_STREAM"] if last else []))

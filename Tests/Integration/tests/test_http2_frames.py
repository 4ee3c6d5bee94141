# SPDX-License-Identifier: Apache-2.0
"""What h2spec asks of a server, frame by frame: what is sent, and what has to come of it.

The sections are those of RFC 9113 (of HPACK: RFC 7541). An error of the connection is GOAWAY and
the end, one of a stream is RST_STREAM, and the connection goes on. Where the gateway differs the
case says why it may.
"""

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from harness import Gateway, KongFile
from harness.http2 import (
    CANCEL,
    COMPRESSION_ERROR,
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    PREFACE,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    STREAM_CLOSED,
    HTTP2Client,
    raw_frame,
)
from harness.raw_upstream import RawUpstream, read_head

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


# MARK: - 4. Frames


@case("4.1", Ignored())
def a_frame_of_an_unknown_type(c: HTTP2Client) -> None:
    c.send(raw_frame(UNKNOWN, 0, 0, b"unknown!"))


@case("4.1", Ignored())
def a_flag_that_is_not_defined(c: HTTP2Client) -> None:
    c.send(raw_frame(PING, 0x16, 0, b"12345678"))


@case("4.1", Ignored())
def a_reserved_bit_that_is_set(c: HTTP2Client) -> None:
    c.send(raw_frame(PING, 0, 1 << 31, b"12345678"))


@case("4.2", Ignored())
def data_of_the_largest_size(c: HTTP2Client) -> None:
    c.send(DataFrame(opened(c), bytes(16384), flags=["END_STREAM"]))


@case("4.2", connection(FRAME_SIZE_ERROR))
def data_beyond_the_largest_size(c: HTTP2Client) -> None:
    c.send(raw_frame(DATA, 0, opened(c), bytes(16385)))


@case("4.2", connection(FRAME_SIZE_ERROR))
def headers_beyond_the_largest_size(c: HTTP2Client) -> None:
    c.send(raw_frame(HEADERS, END_HEADERS, c.next_stream(), bytes(16385)))


@case("4.3", connection(COMPRESSION_ERROR))
def a_block_that_is_cut_off(c: HTTP2Client) -> None:
    # A literal field whose name would be longer than the block.
    request(c, b"\x40\x05ab")


@case("4.3", connection(PROTOCOL_ERROR))
def a_priority_within_a_block(c: HTTP2Client) -> None:
    c.send(get(c), PriorityFrame(1, 0, 16))


@case("4.3", connection(PROTOCOL_ERROR))
def another_head_within_a_block(c: HTTP2Client) -> None:
    c.send(get(c), whole(c))


# MARK: - 5. Streams


@case("5.1", connection(PROTOCOL_ERROR))
def idle_data(c: HTTP2Client) -> None:
    c.send(DataFrame(c.next_stream(), b"x"))


@case("5.1", connection(PROTOCOL_ERROR))
def idle_reset(c: HTTP2Client) -> None:
    c.send(RstStreamFrame(c.next_stream(), CANCEL))


@case("5.1", connection(PROTOCOL_ERROR))
def idle_window_update(c: HTTP2Client) -> None:
    c.send(WindowUpdateFrame(c.next_stream(), 100))


@case("5.1", connection(PROTOCOL_ERROR))
def idle_continuation(c: HTTP2Client) -> None:
    c.send(ContinuationFrame(c.next_stream(), fields(c), flags=["END_HEADERS"]))


@case("5.1", stream(STREAM_CLOSED))
def half_closed_data(c: HTTP2Client) -> None:
    c.send(DataFrame(half_closed(c), b"x"))


# As trailers with pseudo-header fields it is malformed too (RFC 9113, 8.1).
@case("5.1", stream(STREAM_CLOSED, PROTOCOL_ERROR))
def half_closed_headers(c: HTTP2Client) -> None:
    c.send(HeadersFrame(half_closed(c), fields(c), flags=["END_HEADERS", "END_STREAM"]))


@case("5.1", connection(STREAM_CLOSED, PROTOCOL_ERROR))
def half_closed_continuation(c: HTTP2Client) -> None:
    c.send(ContinuationFrame(half_closed(c), fields(c), flags=["END_HEADERS"]))


@case("5.1", connection(STREAM_CLOSED))
def data_after_reset(c: HTTP2Client) -> None:
    c.send(DataFrame(reset(c), b"x"))


@case("5.1", connection(STREAM_CLOSED, PROTOCOL_ERROR))
def headers_after_reset(c: HTTP2Client) -> None:
    c.send(HeadersFrame(reset(c), fields(c), flags=["END_HEADERS", "END_STREAM"]))


@case("5.1", connection(STREAM_CLOSED, PROTOCOL_ERROR))
def continuation_after_reset(c: HTTP2Client) -> None:
    c.send(ContinuationFrame(reset(c), fields(c), flags=["END_HEADERS"]))


@case("5.1", connection(STREAM_CLOSED))
def data_after_the_end(c: HTTP2Client) -> None:
    c.send(DataFrame(closed(c), b"x"))


@case("5.1", connection(STREAM_CLOSED, PROTOCOL_ERROR))
def headers_after_the_end(c: HTTP2Client) -> None:
    c.send(HeadersFrame(closed(c), fields(c), flags=["END_HEADERS", "END_STREAM"]))


@case("5.1", connection(STREAM_CLOSED, PROTOCOL_ERROR))
def continuation_after_the_end(c: HTTP2Client) -> None:
    c.send(ContinuationFrame(closed(c), fields(c), flags=["END_HEADERS"]))


@case("5.1", Ignored())
def a_window_update_after_the_end(c: HTTP2Client) -> None:
    c.send(WindowUpdateFrame(closed(c), 100))


@case("5.1", Ignored())
def a_reset_after_the_end(c: HTTP2Client) -> None:
    c.send(RstStreamFrame(closed(c), CANCEL))


@case("5.1", Ignored())
def a_priority_after_the_end(c: HTTP2Client) -> None:
    c.send(PriorityFrame(closed(c), 0, 16))


@case("5.1.1", connection(PROTOCOL_ERROR))
def a_stream_with_an_even_number(c: HTTP2Client) -> None:
    c.send(HeadersFrame(2, fields(c), flags=["END_HEADERS", "END_STREAM"]))


@case("5.1.1", connection(PROTOCOL_ERROR, STREAM_CLOSED))
def a_stream_with_a_smaller_number(c: HTTP2Client) -> None:
    c.send(c.headers_frame(5, c.fields("GET", "/"), "END_HEADERS", "END_STREAM"))
    c.send(c.headers_frame(3, c.fields("GET", "/"), "END_HEADERS", "END_STREAM"))


# Of the stream, says RFC 9113, 5.1.2; it may be taken for one of the connection (5.4.1).
@case("5.1.2", connection(PROTOCOL_ERROR, REFUSED_STREAM))
def more_streams_than_are_allowed(c: HTTP2Client) -> None:
    for _ in range(129):
        half_closed(c)


# RFC 9113 knows no priorities any more; RFC 7540 had an error of the stream for this.
@case("5.3.1", connection(PROTOCOL_ERROR))
def a_head_that_depends_on_itself(c: HTTP2Client) -> None:
    number = c.next_stream()
    payload = struct.pack(">IB", number, 255) + fields(c)
    c.send(raw_frame(HEADERS, END_HEADERS | END_STREAM | WITH_PRIORITY, number, payload))


@case("5.3.1", connection(PROTOCOL_ERROR))
def a_priority_that_depends_on_itself(c: HTTP2Client) -> None:
    c.send(raw_frame(PRIORITY, 0, 3, struct.pack(">IB", 3, 255)))


@case("5.5", connection(PROTOCOL_ERROR))
def an_unknown_frame_within_a_block(c: HTTP2Client) -> None:
    c.send(get(c), raw_frame(UNKNOWN, 0, 0, b"unknown!"))


# MARK: - 6. Frame definitions


@case("6.1", connection(PROTOCOL_ERROR))
def data_on_the_connection(c: HTTP2Client) -> None:
    c.send(raw_frame(DATA, 0, 0, b"x"))


@case("6.1", connection(PROTOCOL_ERROR))
def data_with_too_much_padding(c: HTTP2Client) -> None:
    c.send(raw_frame(DATA, PADDED | END_STREAM, opened(c), b"\x06Test"))


@case("6.1", Ignored())
def data_with_padding(c: HTTP2Client) -> None:
    c.send(raw_frame(DATA, PADDED | END_STREAM, opened(c), b"\x04Test" + bytes(4)))


@case("6.2", connection(PROTOCOL_ERROR))
def headers_on_the_connection(c: HTTP2Client) -> None:
    c.send(raw_frame(HEADERS, END_HEADERS | END_STREAM, 0, fields(c)))


@case("6.2", connection(PROTOCOL_ERROR))
def headers_with_too_much_padding(c: HTTP2Client) -> None:
    c.send(raw_frame(HEADERS, END_HEADERS | END_STREAM | PADDED, c.next_stream(), b"\xff\x82"))


@case("6.2", Ignored())
def headers_with_padding_and_priority(c: HTTP2Client) -> None:
    payload = b"\x03" + struct.pack(">IB", 0, 200) + fields(c) + bytes(3)
    number = c.next_stream()
    c.send(raw_frame(HEADERS, END_HEADERS | END_STREAM | PADDED | WITH_PRIORITY, number, payload))


@case("6.3", connection(PROTOCOL_ERROR))
def a_priority_on_the_connection(c: HTTP2Client) -> None:
    c.send(raw_frame(PRIORITY, 0, 0, bytes(5)))


# Of the stream, says RFC 9113, 6.3; see 5.4.1.
@case("6.3", connection(FRAME_SIZE_ERROR))
def a_priority_of_another_size(c: HTTP2Client) -> None:
    c.send(raw_frame(PRIORITY, 0, 1, bytes(4)))


@case("6.4", connection(PROTOCOL_ERROR))
def a_reset_of_the_connection(c: HTTP2Client) -> None:
    c.send(raw_frame(RST_STREAM, 0, 0, bytes(4)))


@case("6.4", connection(FRAME_SIZE_ERROR))
def a_reset_of_another_size(c: HTTP2Client) -> None:
    c.send(raw_frame(RST_STREAM, 0, opened(c), bytes(3)))


@case("6.5", connection(FRAME_SIZE_ERROR))
def an_acknowledgement_with_settings(c: HTTP2Client) -> None:
    c.send(raw_frame(SETTINGS, ACK, 0, bytes(6)))


@case("6.5", connection(PROTOCOL_ERROR))
def settings_of_a_stream(c: HTTP2Client) -> None:
    c.send(raw_frame(SETTINGS, 0, 1, struct.pack(">HI", 3, 100)))


@case("6.5", connection(FRAME_SIZE_ERROR))
def settings_of_another_size(c: HTTP2Client) -> None:
    c.send(raw_frame(SETTINGS, 0, 0, bytes(3)))


@case("6.5.2", connection(PROTOCOL_ERROR))
def push_that_is_neither_on_nor_off(c: HTTP2Client) -> None:
    c.send(SettingsFrame(0, {2: 2}))


@case("6.5.2", connection(FLOW_CONTROL_ERROR))
def a_first_window_beyond_the_largest(c: HTTP2Client) -> None:
    c.send(SettingsFrame(0, {4: 1 << 31}))


@case("6.5.2", connection(PROTOCOL_ERROR))
def frames_smaller_than_the_smallest(c: HTTP2Client) -> None:
    c.send(SettingsFrame(0, {5: 16383}))


@case("6.5.2", connection(PROTOCOL_ERROR))
def frames_larger_than_the_largest(c: HTTP2Client) -> None:
    c.send(SettingsFrame(0, {5: 1 << 24}))


@case("6.5.2", Ignored())
def a_setting_that_is_not_known(c: HTTP2Client) -> None:
    c.send(SettingsFrame(0, {0xFF: 1}))


@case("6.6", connection(PROTOCOL_ERROR))
def a_push_promise(c: HTTP2Client) -> None:
    c.send(raw_frame(PUSH_PROMISE, END_HEADERS, opened(c), struct.pack(">I", 2) + fields(c)))


@case("6.7", connection(PROTOCOL_ERROR))
def a_ping_of_a_stream(c: HTTP2Client) -> None:
    c.send(raw_frame(PING, 0, 1, bytes(8)))


@case("6.7", connection(FRAME_SIZE_ERROR))
def a_ping_of_another_size(c: HTTP2Client) -> None:
    c.send(raw_frame(PING, 0, 0, bytes(6)))


@case("6.8", connection(PROTOCOL_ERROR))
def a_goaway_of_a_stream(c: HTTP2Client) -> None:
    c.send(raw_frame(GOAWAY, 0, 1, bytes(8)))


@case("6.9", connection(PROTOCOL_ERROR))
def a_window_update_of_nothing(c: HTTP2Client) -> None:
    c.send(raw_frame(WINDOW_UPDATE, 0, 0, bytes(4)))


@case("6.9", stream(PROTOCOL_ERROR))
def a_window_update_of_nothing_on_a_stream(c: HTTP2Client) -> None:
    c.send(raw_frame(WINDOW_UPDATE, 0, opened(c), bytes(4)))


@case("6.9", connection(FRAME_SIZE_ERROR))
def a_window_update_of_another_size(c: HTTP2Client) -> None:
    c.send(raw_frame(WINDOW_UPDATE, 0, 0, bytes(3)))


@case("6.9.1", connection(FLOW_CONTROL_ERROR))
def a_window_beyond_the_largest(c: HTTP2Client) -> None:
    c.send(WindowUpdateFrame(0, LARGEST_WINDOW), WindowUpdateFrame(0, LARGEST_WINDOW))


@case("6.9.1", stream(FLOW_CONTROL_ERROR))
def a_streams_window_beyond_the_largest(c: HTTP2Client) -> None:
    number = opened(c)
    c.send(WindowUpdateFrame(number, LARGEST_WINDOW), WindowUpdateFrame(number, LARGEST_WINDOW))


@case("6.9.1", stream(FLOW_CONTROL_ERROR))
def a_body_beyond_its_window(c: HTTP2Client) -> None:
    # What is taken before an upstream is reached, and what the stream holds, are less than this.
    number = opened(c, "/unreached")
    c.send(*[DataFrame(number, bytes(16384)) for _ in range(20)])


@case("6.10", Ignored())
def a_head_in_pieces(c: HTTP2Client) -> None:
    block, number = fields(c, ("x-a", "b" * 100)), c.next_stream()
    c.send(
        HeadersFrame(number, block[:10], flags=["END_STREAM"]),
        ContinuationFrame(number, block[10:60]),
        ContinuationFrame(number, b""),
        ContinuationFrame(number, block[60:], flags=["END_HEADERS"]),
    )


@case("6.10", connection(PROTOCOL_ERROR))
def a_continuation_behind_a_whole_head(c: HTTP2Client) -> None:
    head = whole(c)
    c.send(head, ContinuationFrame(head.stream_id, b"", flags=["END_HEADERS"]))


@case("6.10", connection(PROTOCOL_ERROR))
def a_continuation_on_the_connection(c: HTTP2Client) -> None:
    c.send(get(c), raw_frame(CONTINUATION, END_HEADERS, 0, b""))


@case("6.10", connection(PROTOCOL_ERROR))
def a_continuation_of_another_stream(c: HTTP2Client) -> None:
    c.send(get(c), ContinuationFrame(3, b"", flags=["END_HEADERS"]))


@case("6.10", connection(PROTOCOL_ERROR))
def data_within_a_block(c: HTTP2Client) -> None:
    head = get(c)
    c.send(head, DataFrame(head.stream_id, b"x", flags=["END_STREAM"]))


# MARK: - 7. Error codes


@case("7", Ignored())
def a_reset_with_an_unknown_code(c: HTTP2Client) -> None:
    c.send(RstStreamFrame(opened(c), 0xFF))


@case("7", Ignored())
def a_goaway_with_an_unknown_code(c: HTTP2Client) -> None:
    c.send(GoAwayFrame(0, 0, 0xFF))


# MARK: - 8. HTTP


@case("8.1", stream(PROTOCOL_ERROR))
def trailers_that_are_not_the_end(c: HTTP2Client) -> None:
    number = opened(c)
    c.send(HeadersFrame(number, c.block([("x-a", "b")]), flags=["END_HEADERS"]))


@case("8.2.1", stream(PROTOCOL_ERROR))
def a_name_with_upper_case(c: HTTP2Client) -> None:
    request(c, fields(c, ("X-Test", "a")))


@case("8.2.1", stream(PROTOCOL_ERROR))
def a_name_that_is_no_token(c: HTTP2Client) -> None:
    request(c, fields(c, ("x test", "a")))


@case("8.2.1", stream(PROTOCOL_ERROR))
def a_value_with_a_line_break(c: HTTP2Client) -> None:
    request(c, fields(c, ("x-test", "a\nb: c")))


@case("8.2.1", stream(PROTOCOL_ERROR))
def a_value_with_a_blank_at_its_end(c: HTTP2Client) -> None:
    request(c, fields(c, ("x-test", "a ")))


@case("8.2.2", stream(PROTOCOL_ERROR))
def a_field_of_the_connection(c: HTTP2Client) -> None:
    request(c, fields(c, ("connection", "keep-alive")))


@case("8.2.2", stream(PROTOCOL_ERROR))
def te_with_more_than_trailers(c: HTTP2Client) -> None:
    request(c, fields(c, ("te", "trailers, deflate")))


@case("8.3", stream(PROTOCOL_ERROR))
def an_unknown_pseudo_field(c: HTTP2Client) -> None:
    request(c, c.block([*c.fields("GET", "/"), (":test", "ok")]))


@case("8.3", stream(PROTOCOL_ERROR))
def a_pseudo_field_of_responses(c: HTTP2Client) -> None:
    request(c, c.block([*c.fields("GET", "/"), (":status", "200")]))


@case("8.3", stream(PROTOCOL_ERROR))
def a_pseudo_field_in_trailers(c: HTTP2Client) -> None:
    number = opened(c)
    block = c.block([(":method", "GET")])
    c.send(HeadersFrame(number, block, flags=["END_HEADERS", "END_STREAM"]))


@case("8.3", stream(PROTOCOL_ERROR))
def a_pseudo_field_behind_another_field(c: HTTP2Client) -> None:
    pseudo = c.fields("GET", "/")
    request(c, c.block([*pseudo[:3], ("x-test", "a"), pseudo[3]]))


@case("8.3.1", stream(PROTOCOL_ERROR))
def an_empty_path(c: HTTP2Client) -> None:
    request(c, fields(c, (":path", ""), without=":path"))


@case("8.3.1", stream(PROTOCOL_ERROR))
def no_method(c: HTTP2Client) -> None:
    request(c, fields(c, without=":method"))


@case("8.3.1", stream(PROTOCOL_ERROR))
def no_scheme(c: HTTP2Client) -> None:
    request(c, fields(c, without=":scheme"))


@case("8.3.1", stream(PROTOCOL_ERROR))
def no_path(c: HTTP2Client) -> None:
    request(c, fields(c, without=":path"))


@case("8.3.1", stream(PROTOCOL_ERROR))
def two_methods(c: HTTP2Client) -> None:
    request(c, c.block([(":method", "GET"), *c.fields("GET", "/")]))


@case("8.3.1", stream(PROTOCOL_ERROR))
def two_schemes(c: HTTP2Client) -> None:
    request(c, c.block([(":scheme", "http"), *c.fields("GET", "/")]))


@case("8.3.1", stream(PROTOCOL_ERROR))
def two_paths(c: HTTP2Client) -> None:
    request(c, c.block([(":path", "/"), *c.fields("GET", "/")]))


@case("8.1.1", stream(PROTOCOL_ERROR))
def a_length_that_the_body_does_not_reach(c: HTTP2Client) -> None:
    posted(c, 5, b"four")


@case("8.1.1", stream(PROTOCOL_ERROR))
def a_length_that_the_body_exceeds(c: HTTP2Client) -> None:
    posted(c, 3, b"four")


@case("8.1.1", stream(PROTOCOL_ERROR))
def a_length_that_no_sum_of_pieces_reaches(c: HTTP2Client) -> None:
    posted(c, 9, b"four", b"four")


@case("8.1.1", stream(PROTOCOL_ERROR))
def a_length_without_a_body(c: HTTP2Client) -> None:
    request(c, c.block(c.fields("POST", "/", [("content-length", "1")])))


# MARK: - HPACK


@case("HPACK 2.3.3", connection(COMPRESSION_ERROR))
def an_index_beyond_the_table(c: HTTP2Client) -> None:
    request(c, fields(c) + b"\xff\x00")


@case("HPACK 4.2", connection(COMPRESSION_ERROR))
def a_size_update_at_the_end(c: HTTP2Client) -> None:
    request(c, fields(c) + b"\x20")


@case("HPACK 5.2", connection(COMPRESSION_ERROR))
def padding_longer_than_seven_bits(c: HTTP2Client) -> None:
    request(c, fields(c) + b"\x00\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff")


@case("HPACK 5.2", connection(COMPRESSION_ERROR))
def padding_of_zeros(c: HTTP2Client) -> None:
    request(c, fields(c) + b"\x00\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90")


@case("HPACK 5.2", connection(COMPRESSION_ERROR))
def a_string_with_the_end_of_strings(c: HTTP2Client) -> None:
    request(c, fields(c) + b"\x00\x85\xf2\xb2\x4a\x84\xff\x86\x49\x51\xff\xff\xff\xfa\x7f")


@case("HPACK 6.1", connection(COMPRESSION_ERROR))
def the_index_zero(c: HTTP2Client) -> None:
    request(c, fields(c) + b"\x80")


@case("HPACK 6.3", connection(COMPRESSION_ERROR))
def a_table_larger_than_was_offered(c: HTTP2Client) -> None:
    request(c, b"\x3f\xe1\xff\xff\x7f" + fields(c))


# MARK: - The tests


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    def talk(connection: socket.socket) -> None:
        while True:
            head = read_head(connection)
            if b" /slow" in head:
                while connection.recv(1 << 16):
                    pass  # no answer: until the gateway leaves
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + bytes(100))

    # A server that accepts nobody, and whom two others wait for already.
    unreached = socket.create_server(("127.0.0.1", 0), backlog=0)
    host, port = unreached.getsockname()
    waiting = [socket.socket() for _ in range(2)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex((host, port))
    file = KongFile()
    with RawUpstream(talk) as upstream, contextlib.closing(unreached):
        file.route("/", url=upstream.url)
        file.route("/unreached", url=f"http://{host}:{port}")
        with Gateway(file, tmp_path_factory.mktemp("spec")) as gateway:
            yield gateway
    for one in waiting:
        one.close()


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"{one.section}-{one.title}")
def test_a_client_that_errs(spec: Gateway, one: Case) -> None:
    with HTTP2Client(spec.address) as client:
        client.ping()
        one.send(client)
        match one.expected:
            case Connection(codes):
                client.until_end()
                assert client.has_ended, "the connection went on"
                assert client.goaway is not None, f"no GOAWAY: {client.streams}"
                assert client.goaway.error_code in codes
            case Stream(codes):
                number = max(client.streams)
                state = client.streams[number]
                client.pump(lambda: state.is_over)
                assert client.goaway is None
                assert state.reset in codes
                assert client.request("GET", "/").status == 200
            case Ignored():
                client.ping()
                assert client.goaway is None
                assert client.request("GET", "/").status == 200


def test_a_preface_of_another_protocol_is_answered_in_http1(spec: Gateway) -> None:
    """h2spec 3.5 wants GOAWAY or the end: without TLS what does not begin as HTTP/2 is HTTP/1.1."""
    with socket.create_connection(spec.address, timeout=20) as raw:
        raw.sendall(b"INVALID CONNECTION PREFACE\r\n\r\n")
        assert read_head(raw).startswith(b"HTTP/1.1 400 ")


def test_the_preface_has_to_go_on_with_settings(spec: Gateway) -> None:
    with HTTP2Client(spec.address, says=PREFACE + PingFrame(0, b"12345678").serialize()) as client:
        client.until_end()
        assert client.goaway is not None
        assert client.goaway.error_code == PROTOCOL_ERROR


def test_settings_are_acknowledged(spec: Gateway) -> None:
    with HTTP2Client(spec.address, settings={4: 100}) as client:
        client.pump(lambda: any(is_acknowledgement(frame) for frame in client.frames))
        assert isinstance(client.frames[0], SettingsFrame)
        assert any(is_acknowledgement(frame) for frame in client.frames)


def is_acknowledgement(frame: Frame) -> bool:
    return isinstance(frame, SettingsFrame) and "ACK" in frame.flags


def test_a_ping_is_answered_and_an_answer_is_not(spec: Gateway) -> None:
    with HTTP2Client(spec.address) as client:
        client.send(PingFrame(0, b"noanswer", flags=["ACK"]), PingFrame(0, b"h2spec!!"))
        client.ping()
        answers = [frame.opaque_data for frame in client.frames if isinstance(frame, PingFrame)]
        assert answers == [b"h2spec!!", b"question"]


def test_a_response_waits_for_the_streams_window(spec: Gateway) -> None:
    """6.9.1 and 6.9.2: a window of one byte, that grows, shrinks below nothing and grows again."""
    with HTTP2Client(spec.address, settings={4: 1}) as client:
        client.ping()
        number = client.start("GET", "/")
        state = client.streams[number]
        client.unread.add(number)
        client.pump(lambda: bool(state.body))
        client.ping()
        assert len(state.body) == 1
        client.send(SettingsFrame(0, {4: 11}))
        client.pump(lambda: len(state.body) == 11)
        # Now it is -5.
        client.send(SettingsFrame(0, {4: 6}))
        client.give_window(number, 5)
        client.ping()
        assert len(state.body) == 11
        client.give_window(number, 1)
        client.pump(lambda: len(state.body) == 12)
        # Of two values the last counts.
        client.send(raw_frame(SETTINGS, 0, 0, struct.pack(">HIHI", 4, 100, 4, 1000)))
        assert client.finish(number).body == bytes(100)


def test_a_connection_that_ends_in_an_error_says_what_it_has_seen(spec: Gateway) -> None:
    with HTTP2Client(spec.address) as client:
        client.request("GET", "/")
        client.send(raw_frame(PING, 0, 0, bytes(6)))
        client.until_end()
        assert client.goaway is not None
        assert client.goaway.last_stream_id >= 1
        assert not client.was_reset, "GOAWAY could have been lost"
        assert client.goaway.error_code == FRAME_SIZE_ERROR

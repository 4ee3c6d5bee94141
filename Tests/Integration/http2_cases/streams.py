# SPDX-License-Identifier: Apache-2.0
"""Sections 4 and 5: frames, and the states of streams."""

import struct

from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    HeadersFrame,
    PriorityFrame,
    RstStreamFrame,
    WindowUpdateFrame,
)

from harness.http2 import (
    CANCEL,
    COMPRESSION_ERROR,
    FRAME_SIZE_ERROR,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    STREAM_CLOSED,
    HTTP2Client,
    raw_frame,
)

from .case import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    PRIORITY,
    UNKNOWN,
    WITH_PRIORITY,
    Ignored,
    case,
    closed,
    connection,
    fields,
    get,
    half_closed,
    opened,
    request,
    reset,
    stream,
    whole,
)


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

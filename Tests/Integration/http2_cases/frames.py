# SPDX-License-Identifier: Apache-2.0
"""Sections 6 and 7: each kind of frame, and error codes."""

import struct

from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from harness.http2 import (
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    PROTOCOL_ERROR,
    HTTP2Client,
    raw_frame,
)

from .case import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    LARGEST_WINDOW,
    PADDED,
    PING,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    WITH_PRIORITY,
    Ignored,
    case,
    connection,
    fields,
    get,
    opened,
    stream,
    whole,
)


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


@case("7", Ignored())
def a_reset_with_an_unknown_code(c: HTTP2Client) -> None:
    c.send(RstStreamFrame(opened(c), 0xFF))


@case("7", Ignored())
def a_goaway_with_an_unknown_code(c: HTTP2Client) -> None:
    c.send(GoAwayFrame(0, 0, 0xFF))

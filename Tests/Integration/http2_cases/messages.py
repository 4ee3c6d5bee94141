# SPDX-License-Identifier: Apache-2.0
"""Section 8 and HPACK: requests, and how their fields are compressed."""

from hyperframe.frame import HeadersFrame

from harness.http2 import COMPRESSION_ERROR, PROTOCOL_ERROR, HTTP2Client

from .case import case, connection, fields, opened, posted, request, stream


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

// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import NIOHPACK
import Testing

@testable import HostGateway

/// Field sections of HTTP/2 that become the heads of HTTP/1.1 that mean the same.
struct HTTP2RequestTests {
  private static let pseudo = [
    (":method", "POST"), (":scheme", "http"), (":path", "/a?b"), (":authority", "host:80"),
  ]

  private func head(
    _ fields: [(String, String)] = [], pseudo: [(String, String)] = pseudo, isWhole: Bool = true,
    limits: HeadLimits = HeadLimits()
  ) throws(HTTP2Request.Refusal) -> RequestHead {
    try HTTP2Request.head(HPACKHeaders(pseudo + fields), isWhole: isWhole, limits: limits)
  }

  private func pseudo(_ name: String, _ value: String?) -> [(String, String)] {
    var fields = Self.pseudo.filter { $0.0 != name }
    if let value { fields.append((name, value)) }
    return fields
  }

  @Test func `pseudo-header fields become the request line and Host`() throws {
    let head = try head([("x-a", "b"), ("accept", "*/*")])
    #expect(
      String(buffer: head.fields.bytes)
        == "POST /a?b HTTP/1.1\r\nhost: host:80\r\nx-a: b\r\naccept: */*\r\n\r\n")
    #expect(head.withAuthority { String(decoding: $0, as: UTF8.self) } == "host:80")
    #expect(!head.hasBody)
  }

  @Test func `a body whose length is not told is chunked`() throws {
    #expect(try head(isWhole: false).framing == .chunked)
    #expect(try head([("content-length", "5")], isWhole: false).framing == .length(5))
    #expect(try head().framing == .none)
  }

  @Test func `the crumbs of a cookie are one field`() throws {
    let head = try head([("cookie", "a=1"), ("x-a", "b"), ("cookie", "c=2")])
    #expect(head.fields.values("cookie") == ["a=1; c=2"])
  }

  @Test func `a Host that says the same as the authority is not said twice`() throws {
    #expect(try head([("host", "HOST:80")]).fields.values("host") == ["host:80"])
    let pseudo = pseudo(":authority", nil)
    #expect(try head([("host", "other")], pseudo: pseudo).fields.values("host") == ["other"])
  }

  @Test(arguments: [
    ("x\r\ny", "a"), ("x:y", "a"), ("x y", "a"), ("", "a"), ("X-A", "a"), ("x-a", "b\r\nc: d"),
    ("x-a", "b\n"), ("x-a", "b\0"), ("x-a", " b"), ("x-a", "b\t"), ("host", "other"),
  ])
  func `a field that would be another in HTTP/1.1 is malformed`(_ field: (String, String)) {
    #expect(throws: HTTP2Request.Refusal.malformed) { try head([field]) }
  }

  @Test(arguments: [
    (":method", "GET / HTTP/1.1\r\nx:"), (":method", ""), (":path", "/a b"), (":path", ""),
    (":path", "/a\r\nb: c"), (":path", "http://other/"), (":path", "*"), (":scheme", "ftp"),
    (":authority", "a\r\nb: c"), (":authority", "a b"),
  ])
  func `a pseudo-header field that would be more in HTTP/1.1 is malformed`(
    _ field: (String, String)
  ) {
    #expect(throws: HTTP2Request.Refusal.malformed) {
      try head(pseudo: pseudo(field.0, field.1))
    }
  }

  @Test(arguments: [
    (":authority", "user@host", HTTPRefusal.badHost), (":authority", "a,b", .badHost),
    (":method", "CONNECT", .connectMethod),
    (":path", "/" + String(repeating: "a", count: 9), .targetTooLong),
    (":path", "/a#b", .badTarget),
  ])
  func `what HTTP/1.1 refuses is refused`(
    _ name: String, _ value: String, _ refusal: HTTPRefusal
  ) {
    var limits = HeadLimits()
    limits.target = 8
    #expect(throws: HTTP2Request.Refusal.refused(refusal)) {
      try head(pseudo: pseudo(name, value), limits: limits)
    }
  }

  @Test func `a head without a host, with two, or with what is not UTF-8 is refused`() {
    #expect(throws: HTTP2Request.Refusal.refused(.missingHost)) {
      try head(pseudo: pseudo(":authority", nil))
    }
    #expect(throws: HTTP2Request.Refusal.refused(.duplicateHost)) {
      try head([("host", "host:80"), ("host", "host:80")])
    }
    #expect(throws: HTTP2Request.Refusal.refused(.badValue)) { try head([("x-a", "b\u{FFFD}")]) }
  }

  @Test func `the limits of a head hold`() {
    var limits = HeadLimits()
    limits.fields = 3
    let fields = [("x-a", "1"), ("x-b", "2"), ("x-c", "3")]
    #expect(throws: HTTP2Request.Refusal.refused(.tooManyHeaders)) {
      try head(fields, limits: limits)
    }
    limits = HeadLimits()
    limits.head = 40
    #expect(throws: HTTP2Request.Refusal.refused(.headTooLarge)) {
      try head(fields, limits: limits)
    }
  }

  @Test func `trailers are those of HTTP/1.1`() throws {
    let trailers = try HTTP2Request.trailers(
      ["x-sum": "1", "x-b": ""], limits: HeadLimits())
    #expect(String(buffer: trailers.bytes) == "x-sum: 1\r\nx-b: \r\n\r\n")
    #expect(trailers.values("X-Sum") == ["1"])
    #expect(throws: HTTP2Request.Refusal.refused(.forbiddenTrailer)) {
      try HTTP2Request.trailers(["content-length": "1"], limits: HeadLimits())
    }
    for field in [("x-a", "b\r\nc: d"), (":path", "/"), ("x-a\r\n", "b")] {
      #expect(throws: HTTP2Request.Refusal.malformed) {
        try HTTP2Request.trailers(HPACKHeaders([field]), limits: HeadLimits())
      }
    }
  }
}

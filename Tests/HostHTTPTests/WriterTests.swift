// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import Testing

/// What leaves: one head, framed by the host alone, and the rest as it came.
struct WriterTests {
  @Test(arguments: [
    "", "G T", "GET\r\nX: y", "G\u{0}", "CONNECT", String(repeating: "A", count: 33), "G\u{E9}T",
  ])
  func `a method is a token, and not CONNECT`(_ method: String) {
    #expect(throws: HeaderEdits.Refusal.badMethod) {
      try write("GET / HTTP/1.1\r\nHost: a\r\n\r\n", method: method)
    }
    var buffer = ByteBuffer()
    #expect(throws: HeaderEdits.Refusal.badMethod) {
      try HeadWriter.write(
        method: bytes(method), target: bytes("/"), edits: HeaderEdits(), framing: .none,
        secrets: { _ in nil }, into: &buffer)
    }
    #expect(buffer.readableBytes == 0)
  }

  @Test(arguments: [
    "", "a", "http://a/", "*a", "/ HTTP/1.1\r\nX: y", "/a b", "/a#b", "/\u{E9}", "/\u{0}", "/\t",
    "?a",
  ])
  func `a target is a path or an asterisk`(_ target: String) {
    #expect(throws: HeaderEdits.Refusal.badTarget) {
      try write("GET / HTTP/1.1\r\nHost: a\r\n\r\n", target: target)
    }
    var buffer = ByteBuffer()
    #expect(throws: HeaderEdits.Refusal.badTarget) {
      try HeadWriter.write(
        method: bytes("GET"), target: bytes(target), edits: HeaderEdits(), framing: .none,
        secrets: { _ in nil }, into: &buffer)
    }
    #expect(buffer.readableBytes == 0)
  }

  @Test func `a request of the gateway's own is made of its parts`() throws {
    var edits = HeaderEdits()
    try edits.set("Host", "b")
    try edits.set("X", secret: "s")
    var buffer = ByteBuffer()
    try HeadWriter.write(
      method: bytes("POST"), target: bytes("/x?y"), edits: edits, framing: .length(3),
      secrets: { bytes("value of \($0)") }, into: &buffer)
    #expect(
      String(buffer: buffer)
        == "POST /x?y HTTP/1.1\r\nHost: b\r\nX: value of s\r\nContent-Length: 3\r\n\r\n")
  }

  @Test func `what belongs to the connection stays behind, and all it names`() throws {
    let text =
      "POST /p HTTP/1.1\r\nhOST:  a\r\nConnection: close, X-Named , te\r\nKeep-Alive: 5\r\nA:1\r\n"
      + "Proxy-Connection: x\r\nTE: trailers\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n"
      + "Upgrade: h2c\r\nExpect: 100-continue\r\nx-named: 1\r\nB:\t2 \r\nconnection: X-Other\r\n"
      + "X-Other: 1\r\nX-OTHER: 2\r\nc:3\r\n\r\n"
    let kept = "hOST:  a\r\nA:1\r\nB:\t2 \r\nc:3\r\n"
    #expect(try write(text) == "POST /p HTTP/1.1\r\n\(kept)\r\n")
    #expect(
      try write(text, framing: .length(9))
        == "POST /p HTTP/1.1\r\n\(kept)Content-Length: 9\r\n\r\n")
    // Trailers that follow may be announced.
    #expect(
      try write(text, framing: .chunked)
        == "POST /p HTTP/1.1\r\nhOST:  a\r\nA:1\r\nTrailer: X\r\nB:\t2 \r\nc:3\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n")
    #expect(try write(text, closes: true).hasSuffix("c:3\r\nConnection: close\r\n\r\n"))
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    ("GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: \r\n\r\n"),
    (
      "GET http://b:8/x?y HTTP/1.1\r\nX: 1\r\nHost: a\r\n\r\n",
      "GET /x?y HTTP/1.1\r\nHost: b:8\r\nX: 1\r\n\r\n"
    ),
    ("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: b\r\n\r\n"),
    ("GET http://b?q HTTP/1.1\r\nHost: a\r\n\r\n", "GET /?q HTTP/1.1\r\nHost: b\r\n\r\n"),
    ("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n"),
    ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("GET / HTTP/1.1\r\nHost: a\r\nConnection: host\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
  ])
  func `a request has one Host, of its target where that has one`(_ text: String, _ out: String)
    throws
  {
    #expect(try write(text) == out)
  }

  // MARK: - Responses

  private func respond(
    _ status: Int, _ framing: BodyFraming, length: Int? = nil, closes: Bool = false,
    reason: String? = nil, keepsOldVersionAlive: Bool = false, upgrade: StaticString? = nil,
    fields: HeaderFields = HeaderFields()
  ) throws -> String {
    var buffer = ByteBuffer()
    let reason = reason.map { bytes($0) }
    try (reason ?? []).withUnsafeBytes { text in
      try HeadWriter.write(
        status: status, reason: reason == nil ? nil : text, fields: fields, edits: HeaderEdits(),
        framing: framing, length: length, closes: closes,
        keepsOldVersionAlive: keepsOldVersionAlive, upgrade: upgrade, into: &buffer)
    }
    return latin(buffer.readableBytesView)
  }

  @Test func `a body is framed once, and where there is none by nothing`() throws {
    #expect(try respond(200, .length(0)) == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    #expect(try respond(200, .length(.max)).contains("Content-Length: 9223372036854775807\r\n"))
    #expect(try respond(200, .chunked) == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    #expect(
      try respond(200, .untilClose, closes: true) == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    // HEAD and 304: the length that GET would have.
    #expect(try respond(200, .none, length: 7) == "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")
    #expect(try respond(304, .none) == "HTTP/1.1 304 Not Modified\r\n\r\n")
    #expect(
      try respond(304, .none, length: 7) == "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"
    )
    for framing in [BodyFraming.none, .length(0), .length(5), .chunked] {
      #expect(try respond(204, framing, length: 5) == "HTTP/1.1 204 No Content\r\n\r\n")
      #expect(try respond(100, framing, length: 5) == "HTTP/1.1 100 Continue\r\n\r\n")
      #expect(try respond(103, framing, length: 5) == "HTTP/1.1 103 Early Hints\r\n\r\n")
    }
    #expect(
      try respond(200, .length(1), keepsOldVersionAlive: true)
        == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n")
    let upgrade = "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 1\r\nUpgrade: TLS/1.2\r\n"
    #expect(
      try respond(426, .length(1), upgrade: "TLS/1.2") == upgrade + "Connection: Upgrade\r\n\r\n")
    #expect(
      try respond(426, .length(1), closes: true, upgrade: "TLS/1.2")
        == upgrade + "Connection: Upgrade, close\r\n\r\n")
  }

  @Test(arguments: [0, 99, 101, 600, 1000, -1])
  func `a status is one that can be sent`(_ status: Int) {
    #expect(throws: HeaderEdits.Refusal.badStatus) { try respond(status, .none) }
  }

  @Test func `a reason stays as it came, and splits nothing`() throws {
    #expect(try respond(299, .none, reason: "Fine \u{E9}") == "HTTP/1.1 299 Fine \u{E9}\r\n\r\n")
    #expect(try respond(299, .none, reason: "") == "HTTP/1.1 299 \r\n\r\n")
    #expect(try respond(299, .none) == "HTTP/1.1 299 \r\n\r\n")
    for reason in EditTests.injections {
      #expect(throws: HeaderEdits.Refusal.badValue) { try respond(200, .none, reason: reason) }
    }
  }

  @Test func `a response's fields are forwarded without those of its connection`() throws {
    let head = try responseHead(
      "HTTP/1.1 200 OK\r\nServer: s\r\nConnection: X-Gone\r\nX-Gone: 1\r\nSet-Cookie: a\r\n"
        + "set-cookie:b\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\nKeep-Alive: 1\r\n\r\n")
    #expect(
      try respond(200, .length(2), fields: head.fields)
        == "HTTP/1.1 200 OK\r\nServer: s\r\nSet-Cookie: a\r\nset-cookie:b\r\nContent-Length: 2\r\n\r\n"
    )
    #expect(
      try respond(200, .chunked, fields: head.fields)
        == "HTTP/1.1 200 OK\r\nServer: s\r\nSet-Cookie: a\r\nset-cookie:b\r\nTrailer: T\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n")
  }

  @Test func `every registered phrase is a phrase`() {
    for status in 100...599 {
      let phrase = ReasonPhrase.of(status)
      #expect(phrase.withUTF8Buffer { $0.allSatisfy { (0x20...0x7E).contains($0) } })
    }
  }

  // MARK: - Chunks

  @Test func `chunks are read again as they were written, with their trailers`() throws {
    let source =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum:  1 \r\ny:2\r\n\r\n"
    var decoder = RequestDecoder()
    var buffer = ByteBuffer(bytes: bytes(source))
    _ = try decoder.next(&buffer)
    guard case .end(let trailers) = try decoder.next(&buffer) else {
      Issue.record("no end")
      return
    }
    var out = ByteBuffer(string: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    let sizes = [1, 9, 10, 15, 16, 255, 256, 4096, 65_536]
    for size in sizes {
      ChunkWriter.writeStart(of: size, into: &out)
      out.writeRepeatingByte(UInt8(ascii: "x"), count: size)
      ChunkWriter.writeEnd(into: &out)
    }
    ChunkWriter.writeLast(trailers, into: &out)
    #expect(String(buffer: out).hasSuffix("\r\n0\r\nX-Sum:  1 \r\ny:2\r\n\r\n"))
    let read = Transcript(requests: [Array(out.readableBytesView)[...]])
    #expect(read.refusal == nil && read.rest == 0)
    #expect(read.messages.map(\.body.count) == [sizes.reduce(0, +)])
    #expect(
      read.messages.map(\.trailers)
        == [[Field(name: "X-Sum", value: "1"), Field(name: "y", value: "2")]])
    var empty = ByteBuffer()
    ChunkWriter.writeLast(into: &empty)
    #expect(String(buffer: empty) == "0\r\n\r\n")
  }

  @Test func `numbers are written in all their digits`() {
    for number in [0, 1, 9, 10, 15, 16, 255, 1 << 32, .max] {
      var buffer = ByteBuffer()
      buffer.writeDecimal(number)
      buffer.writeString(" ")
      buffer.writeHexadecimal(number)
      #expect(String(buffer: buffer) == "\(number) \(String(number, radix: 16))")
    }
  }
}

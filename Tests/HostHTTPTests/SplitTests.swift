// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import Testing

/// What comes out of a decoder depends on the bytes alone.
struct SplitTests {
  static let requests = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nGET /a?b=c HTTP/1.0\r\n\r\n\r\nPOST /x HTTP/1.1\r\nhost:\r\ncontent-length: 3\r\n\r\nabc",
    "POST /p HTTP/1.1\r\nHost: a:80\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "5;a=b;c=\"d\\\"e\"\r\nhello\r\n10\r\n0123456789abcdef\r\n0;last\r\nX-Sum:  1 \r\nY:\r\n\r\n"
      + "HEAD http://b.example HTTP/1.1\r\nHost: a\r\nConnection: close, X-Gone\r\nX-Gone: 1\r\n\r\n",
    "PUT /u HTTP/1.1\r\nHost: [::1]:8080\r\nX: \t  v\u{E9} w\t \r\nContent-Length: 0\r\n\r\nDELETE / HTTP/1.1\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nBad : x\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\rX",
    "GET / HTTP/2.0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
  ]

  static let responses = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100\r\n\r\nHTTP/1.0 200 \r\nX: y\r\n\r\nuntil the end",
    "HTTP/1.1 404 Not \u{FC}ber Found\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: v\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
    "HTTP/1.1  200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\nhello",
  ]

  @Test(arguments: requests)
  func `requests are the same however they are cut`(_ text: String) {
    let whole = bytes(text)
    let expected = Transcript(requests: [whole[...]])
    #expect(!expected.messages.isEmpty || expected.refusal != nil)
    for cut in 0...whole.count {
      #expect(Transcript(requests: [whole[..<cut], whole[cut...]]) == expected, "cut at \(cut)")
    }
    #expect(Transcript(requests: whole.indices.map { whole[$0...$0] }) == expected)
  }

  @Test(arguments: responses)
  func `responses are the same however they are cut`(_ text: String) {
    let whole = bytes(text)
    let expected = Transcript(responses: [whole[...]])
    #expect(!expected.messages.isEmpty || expected.refusal != nil)
    for cut in 0...whole.count {
      #expect(Transcript(responses: [whole[..<cut], whole[cut...]]) == expected, "cut at \(cut)")
    }
    #expect(Transcript(responses: whole.indices.map { whole[$0...$0] }) == expected)
  }

  @Test func `a refusal needs no more bytes than those up to its cause`() {
    // Each ends with the byte that is wrong; nothing behind it is waited for.
    let cases: [(String, HTTPRefusal)] = [
      ("G\u{0}", .badMethod), ("GET /\n", .bareLineFeed), ("GET / HTTP/1.1\n", .bareLineFeed),
      ("GET / HTTP/3", .unsupportedVersion), ("GET / HTTP/1.1\r\nA ", .spaceBeforeColon),
      ("GET / HTTP/1.1\r\nA: b\u{0}", .badValue),
      ("GET / HTTP/1.1\r\nA: b\rc", .bareCarriageReturn),
    ]
    for (text, refusal) in cases {
      let text = refusal == .unsupportedVersion ? "GET / HTTP/3.0\r" : text
      let whole = bytes(text)
      #expect(Transcript(requests: [whole[...]]).refusal == refusal, "\(text.debugDescription)")
      #expect(Transcript(requests: [whole.dropLast()]).refusal == nil, "\(text.debugDescription)")
    }
  }

  @Test func `a head that trickles in is not read again from its start`() throws {
    // Quadratic work on 64 KiB would be two thousand million steps; the test would not end in its time.
    var decoder = RequestDecoder()
    var buffer = ByteBuffer()
    let start = bytes("GET / HTTP/1.1\r\nHost: a\r\nX: ")
    buffer.writeBytes(start)
    #expect(try decoder.next(&buffer) == nil)
    for _ in 0..<60_000 {
      buffer.writeInteger(UInt8(ascii: "x"))
      #expect(try decoder.next(&buffer) == nil)
    }
    buffer.writeBytes(bytes("\r\n\r\n"))
    guard case .head(let head) = try decoder.next(&buffer) else {
      Issue.record("no head")
      return
    }
    #expect(head.fields.values("x").map(\.count) == [60_000])
  }

  @Test func `a refusal is final`() {
    var decoder = RequestDecoder()
    var buffer = ByteBuffer(string: "BAD\n")
    #expect(throws: HTTPRefusal.bareLineFeed) { try decoder.next(&buffer) }
    buffer = ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(throws: HTTPRefusal.bareLineFeed) { try decoder.next(&buffer) }
  }
}

// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import Testing

/// Request-smuggling inputs as they were published: each is refused by name, or read in the one way that leaves nothing over.
struct SmugglingTests {
  struct Case: Sendable {
    var source: String
    var text: String
    var refusal: HTTPRefusal?
    /// Of an input that is not refused: the requests that it is.
    var requests: [String] = []

    init(_ source: String, _ text: String, _ refusal: HTTPRefusal) {
      (self.source, self.text, self.refusal) = (source, text, refusal)
    }

    init(_ source: String, _ text: String, are requests: [String]) {
      (self.source, self.text, self.requests) = (source, text, requests)
    }
  }

  static let post = "POST / HTTP/1.1\r\nHost: a\r\n"
  static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"
  static let tail = "0\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n"

  /// An obfuscated Transfer-Encoding behind a Content-Length that would make of the rest a body.
  static func obfuscated(_ line: String, _ refusal: HTTPRefusal) -> Case {
    Case("PortSwigger, TE.TE", post + line + "\r\n\r\n" + tail, refusal)
  }

  static let classic: [Case] = [
    Case(
      "Watchfire 2005, two lengths",
      post
        + "Content-Length: 0\r\nContent-Length: 44\r\n\r\nGET /poison.html HTTP/1.1\r\nHost: a\r\n\r\n",
      .duplicateLength),
    Case(
      "Watchfire 2005, GET with a body",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\nGET /p HTTP/1.1\r\nHost: a\r\n\r\nBla",
      are: ["GET / http11"]),
    Case(
      "PortSwigger, CL.TE",
      post + "Content-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nSMUGGLED",
      .lengthWithTransferCoding),
    Case(
      "PortSwigger, TE.CL",
      post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n8\r\nSMUGGLED\r\n0\r\n\r\n",
      .lengthWithTransferCoding),
    Case(
      "PortSwigger, CL.0", post + "Content-Length: 0\r\n\r\nGET /x HTTP/1.1\r\nFoo: x",
      are: ["POST / http11"]),
    Case("Kettle 2025, 0.CL", post + "Content-Length : 7\r\n\r\nGET /404", .spaceBeforeColon),
    Case("Kettle 2025, 0.CL", post + "Content-Length:\r\n 7\r\n\r\nGET /404", .foldedLine),
    Case(
      "Kettle 2025, 0.CL", "POST / HTTP/1.1\r\n Host: a\r\nContent-Length: 7\r\n\r\n", .foldedLine),
    Case(
      "Kettle 2025, Expect", post + "Expect: y 100-continue\r\nContent-Length: 7\r\n\r\n",
      .badExpectation),
    Case("Kettle 2025, H2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
    Case("HTTP/0.9 downgrade", "GET /admin\r\n", .badRequestLine),
    Case("Kettle 2024, version", "GET / HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
    Case(
      "Kettle 2025, Expect",
      post + "Expect: 100-continue\r\nExpect: y\r\nContent-Length: 7\r\n\r\n",
      .badExpectation),
    Case(
      "Kettle 2025, Expect", post + "Expect:\r\n 100-continue\r\nContent-Length: 7\r\n\r\n",
      .foldedLine),
    Case("Kettle 2025, Expect", post + "Expect: \u{B}100-continue\r\n\r\n", .badValue),
    Case("PortSwigger, TE.0", post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", .badChunkSize),
    Case(
      "TE in a request of HTTP/1.0",
      "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      .lengthWithTransferCoding),
    Case(
      "A GET with chunks", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + tail,
      are: ["GET / http11", "GET /admin http11"]),
    Case(
      "Line ends, escaped in a target", "GET /%0d%0aX:%20y HTTP/1.1\r\nHost: a\r\n\r\n",
      are: ["GET /%0d%0aX:%20y http11"]),
    Case(
      "A request in a target", "GET /\rX: HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
    Case("NUL in a target", "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", .badTarget),
    Case("NUL in a method", "GET\u{0} / HTTP/1.1\r\nHost: a\r\n\r\n", .badMethod),
    Case("NUL in Host", "GET / HTTP/1.1\r\nHost: a\u{0}b\r\n\r\n", .badValue),
    Case("HTTP/0.9 with a version", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", .unsupportedVersion),
    Case("HTTP/1.1 without a line behind", "GET /\nHost: a\n\n", .bareLineFeed),
    Case("User information in Host", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", .badHost),
    Case("User information in a target", "GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n", .badTarget),
    Case("A path in Host", "GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n", .badHost),
    Case(
      "Two hosts, one obfuscated", "GET / HTTP/1.1\r\nHost: a\r\nHost : b\r\n\r\n",
      .spaceBeforeColon),
    Case("Two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .duplicateHost),
    Case("Host in a fold", "GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n", .foldedLine),
  ]

  static let transferEncoding: [Case] = [
    obfuscated("Transfer-Encoding: xchunked", .badTransferCoding),
    obfuscated("Transfer-Encoding : chunked", .spaceBeforeColon),
    obfuscated("Transfer-Encoding: chunked\r\nTransfer-Encoding: x", .duplicateTransferCoding),
    obfuscated("Transfer-Encoding: x\r\nTransfer-Encoding: chunked", .badTransferCoding),
    obfuscated("Transfer-Encoding:[tab]chunked".replacing("[tab]", with: "\u{B}"), .badValue),
    obfuscated(" Transfer-Encoding: chunked", .foldedLine),
    obfuscated("X: X\nTransfer-Encoding: chunked", .bareLineFeed),
    obfuscated("X: X\rTransfer-Encoding: chunked", .bareCarriageReturn),
    obfuscated("Transfer-Encoding\r\n: chunked", .missingColon),
    obfuscated("Transfer-Encoding:\r\n chunked", .foldedLine),
    obfuscated("Transfer-Encoding: chunked, identity", .badTransferCoding),
    obfuscated("Transfer-Encoding: identity, chunked", .unsupportedTransferCoding),
    obfuscated("Transfer-Encoding: chunked, chunked", .badTransferCoding),
    obfuscated("Transfer-Encoding: chunked,", .badTransferCoding),
    obfuscated("Transfer-Encoding: ,chunked", .badTransferCoding),
    obfuscated("Transfer-Encoding: \"chunked\"", .badTransferCoding),
    obfuscated("Transfer-Encoding: 'chunked'", .badTransferCoding),
    obfuscated("Transfer-Encoding: chunked;q=1", .badTransferCoding),
    obfuscated("Transfer-Encoding: chunked\u{B}", .badValue),
    obfuscated("Transfer-Encoding: chunked\u{0}", .badValue),
    obfuscated("Transfer-Encoding: chunk\u{A0}ed", .badTransferCoding),
    obfuscated("Transfer-Encoding: \u{FF}chunked", .badTransferCoding),
    obfuscated("Transfer-Encoding:", .badTransferCoding),
    obfuscated("Transfer Encoding: chunked", .spaceBeforeColon),
    obfuscated("Transfer-Encoding\u{0}: chunked", .badName),
    obfuscated("Transfer-Encoding: cow", .badTransferCoding),
    Case(
      "PortSwigger, TE.TE, case", post + "tRANSFER-eNCODING: cHuNkEd\r\n\r\n0\r\n\r\n",
      are: ["POST / http11"]),
    Case(
      "PortSwigger, TE.TE, tab", post + "Transfer-Encoding:\tchunked\t\r\n\r\n0\r\n\r\n",
      are: ["POST / http11"]),
    Case(
      "A name that is like it", post + "Transfer_Encoding: chunked\r\n\r\n", are: ["POST / http11"]),
    Case(
      "CVE-2019-18277 (HAProxy)",
      post + "Content-Length: 6\r\nTransfer-Encoding:\u{B}chunked\r\n\r\n0\r\n\r\nX",
      .badValue),
    Case(
      "CVE-2022-32213 (llhttp)",
      post + "Transfer-Encoding: chunkedchunked\r\n\r\n1\r\nA\r\n0\r\n\r\n", .badTransferCoding),
    Case(
      "CVE-2022-32214 (llhttp)",
      "GET / HTTP/1.1\r\nHost: a\r\nDummy: x\nContent-Length: 23\r\n\r\n", .bareLineFeed),
    Case(
      "CVE-2022-32215 (llhttp)",
      post + "Transfer-Encoding: chunked\r\n , identity\r\n\r\n1\r\na\r\n0\r\n\r\n", .foldedLine),
    Case(
      "CVE-2022-35256 (llhttp)", post + "CORS: x\r\nContent-Length\r\n: 5\r\n\r\nhello",
      .missingColon),
    Case(
      "CVE-2022-35256 (llhttp)",
      "GET / HTTP/1.1\r\nHost: a\r\nX:\rTransfer-Encoding: chunked\r\n\r\n", .bareCarriageReturn),
    Case(
      "CVE-2023-30589 (llhttp)", "GET / HTTP/1.1\r\nHost: a\r\nX: y\rContent-Length: 3\r\n\r\nabc",
      .bareCarriageReturn),
    Case("CVE-2021-22959 (llhttp)", post + "Content-Length : 5\r\n\r\nhello", .spaceBeforeColon),
    Case(
      "CVE-2024-27982 (llhttp)", "GET / HTTP/1.1\r\n Content-Length: 5\r\nHost: a\r\n\r\n",
      .foldedLine),
    Case("CVE-2025-22871 (Go)", chunked + "1;x\nA\r\n0\r\n\r\n", .bareLineFeed),
  ]

  static let lengths: [Case] =
    [
      "+5", "-5", "0x5", "5 5", "5;5", "5.0", "5e0", "\"5\"", "five", "5\u{A0}", "\u{B2}", "5_0",
    ].map { Case("length \($0)", post + "Content-Length: \($0)\r\n\r\nhello", .badLength) } + [
      Case("length 5,5", post + "Content-Length: 5,5\r\n\r\nhello", .duplicateLength),
      Case("length 5, 6", post + "Content-Length: 5, 6\r\n\r\nhello", .duplicateLength),
      Case("length ,5", post + "Content-Length: ,5\r\n\r\nhello", .badLength),
      Case("length with a form feed", post + "Content-Length: \u{C}5\r\n\r\nhello", .badValue),
      Case(
        "length twice in other case", post + "content-length: 5\r\nCONTENT-LENGTH: 5\r\n\r\nhello",
        .duplicateLength),
      Case(
        "length 2^64 + 5", post + "Content-Length: 18446744073709551621\r\n\r\nhello",
        .lengthTooLarge),
      Case("length 05", post + "Content-Length: 05\r\n\r\nhello", are: ["POST / http11"]),
    ]

  static let chunks: [Case] = [
    Case("Funky chunks 2025, TERM.EXT", chunked + "2;\nxx\r\n10\r\n\r\n", .bareLineFeed),
    Case("Funky chunks 2025, EXT.TERM", chunked + "5;a\rhello\r\n0\r\n\r\n", .bareCarriageReturn),
    Case(
      "Funky chunks 2025, EXT.TERM", chunked + "5\rX\r\nhello\r\n0\r\n\r\n", .bareCarriageReturn),
    Case(
      "Funky chunks 2025, TERM.SPILL", chunked + "5\r\nAAAAAXX2\r\n45\r\n0\r\n\r\n", .badChunkEnd),
    Case(
      "Funky chunks 2025, SPILL.TERM", chunked + "5\r\nAAAAA\n2\r\n45\r\n0\r\n\r\n", .badChunkEnd),
    Case("Funky chunks 2025, ONE.TWO", chunked + "1\r\nAX\r\n0\r\n\r\n", .badChunkEnd),
    Case("Chunk without an end", chunked + "5\r\nAAAAA0\r\n\r\n", .badChunkEnd),
    Case("Size wraps at 2^64", chunked + "10000000000000005\r\nhello\r\n", .chunkSizeTooLarge),
    Case("Size is signed", chunked + "+5\r\nhello\r\n0\r\n\r\n", .badChunkSize),
    Case("Size has a prefix", chunked + "0x5\r\nhello\r\n0\r\n\r\n", .badChunkSize),
    Case("Space in front of the size", chunked + " 5\r\nhello\r\n0\r\n\r\n", .badChunkSize),
    Case("Space behind the size", chunked + "5 \r\nhello\r\n0\r\n\r\n", .badChunkSize),
    Case("NUL behind the size", chunked + "5\u{0}\r\nhello\r\n0\r\n\r\n", .badChunkSize),
    Case("Underscore in the size", chunked + "1_0\r\nhello\r\n0\r\n\r\n", .badChunkSize),
    Case("Size is empty", chunked + ";a=b\r\nhello\r\n0\r\n\r\n", .badChunkSize),
    Case("A line end in a quoted value", chunked + "5;a=\"\r\n\"\r\nhello\r\n", .badChunkExtension),
    Case("Bare LF ends the trailers", chunked + "0\r\nX: y\n\r\n", .bareLineFeed),
    Case("Bare LF ends the body", chunked + "0\r\n\n", .bareLineFeed),
    Case("Length in a trailer", chunked + "0\r\nContent-Length: 9\r\n\r\n", .forbiddenTrailer),
    Case(
      "Coding in a trailer", chunked + "0\r\nTransfer-Encoding: chunked\r\n\r\n", .forbiddenTrailer),
    Case("A folded trailer", chunked + "0\r\nX: y\r\n z\r\n\r\n", .foldedLine),
    Case(
      "Pipelined behind the end",
      chunked + "5;a=\"b\"\r\nhello\r\n0\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
      are: ["POST / http11", "GET /x http11"]),
  ]

  @Test(arguments: classic + transferEncoding + lengths + chunks)
  func `a published case is not read in two ways`(_ item: Case) {
    let transcript = Transcript(requests: item.text)
    #expect(transcript.refusal == item.refusal, "\(item.source): \(item.text.debugDescription)")
    if item.refusal == nil {
      #expect(transcript.messages.map(\.start) == item.requests, "\(item.source)")
      #expect(item.requests.count > 0)
    } else {
      // A body that was read up to the refusal may be there; a second request never.
      #expect(transcript.messages.count <= 1, "\(item.source)")
    }
  }

  @Test func `a target that names another host than Host is that host's, and Host is not sent on`()
    throws
  {
    let request = try head("GET http://b.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n")
    #expect(request.withAuthority { latin($0) } == "b.example")
    #expect(request.hasAbsoluteTarget)
    #expect(request.fields.table.map(\.isHopByHop) == [true])
    // A second name for the host of the first request of a connection is no way to another's route either.
    let relative = try head("GET //b.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n")
    #expect(relative.withAuthority { latin($0) } == "a.example")
    #expect(relative.withPath { latin($0) } == "//b.example/x")
  }

  @Test func `what is hop-by-hop is not forwarded, whoever names it`() throws {
    // Davison 2019: Connection names what a gateway in front has added; Host must survive it.
    let head = try head(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: host, X-Gone\r\nX-Gone: 1\r\n\r\n")
    let hidden = head.fields.table.map(\.isHopByHop)
    #expect(hidden == [false, true, true])
  }
}

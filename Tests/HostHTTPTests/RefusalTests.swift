// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import Testing

/// Every named refusal, with bytes that meet it.
struct RefusalTests {
  enum Side { case request, response }

  static let get = "GET / HTTP/1.1\r\nHost: a\r\n"
  static let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

  static let cases: [(HTTPRefusal, Side, String)] = [
    (.bareLineFeed, .request, "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.bareLineFeed, .request, "GET / HTTP/1.1\nHost: a\n\n"),
    (.bareLineFeed, .request, get + "X: y\nZ: w\r\n\r\n"),
    (.bareLineFeed, .request, get + "\n"),
    (.bareLineFeed, .request, chunked + "3\nabc\r\n"),
    (.bareLineFeed, .response, "HTTP/1.1 200 OK\n\n"),
    (.bareCarriageReturn, .request, get + "X: y\rZ: w\r\n\r\n"),
    (.bareCarriageReturn, .request, "\rGET / HTTP/1.1\r\n\r\n"),
    (.bareCarriageReturn, .request, "GET / HTTP/1.1\r\rHost: a\r\n\r\n"),
    (.bareCarriageReturn, .request, chunked + "3\r\rabc\r\n"),
    (.badMethod, .request, " GET / HTTP/1.1\r\n\r\n"),
    (.badMethod, .request, "G(T / HTTP/1.1\r\n\r\n"),
    (.badMethod, .request, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.badMethod, .request, "\u{16}\u{3}\u{1}"),
    (.methodTooLong, .request, String(repeating: "A", count: 33)),
    (.connectMethod, .request, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
    (.badRequestLine, .request, "GET /\r\n\r\n"),
    (.badRequestLine, .request, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.badRequestLine, .request, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
    (.badTarget, .request, "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.badTarget, .request, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.badTarget, .request, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.badTarget, .request, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.badTarget, .request, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.badTarget, .request, "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.badTarget, .request, "GET http://:80/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.badTarget, .request, "GET /\u{FF} HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.targetTooLong, .request, "GET /" + String(repeating: "a", count: 16 << 10)),
    (.badVersion, .request, "GET / http/1.1\r\nHost: a\r\n\r\n"),
    (.badVersion, .request, "GET / HTTP/1,1\r\nHost: a\r\n\r\n"),
    (.badVersion, .request, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    (.unsupportedVersion, .request, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    (.unsupportedVersion, .request, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
    (.unsupportedVersion, .request, "GET / HTTP/0.9\r\nHost: a\r\n\r\n"),
    (.unsupportedVersion, .response, "HTTP/2.0 200 OK\r\n\r\n"),
    (.badStatusLine, .response, "HTTP/1.1 20 OK\r\n\r\n"),
    (.badStatusLine, .response, "HTTP/1.1 099 OK\r\n\r\n"),
    (.badStatusLine, .response, "HTTP/1.1 600 OK\r\n\r\n"),
    (.badStatusLine, .response, "ICY 200 OK\r\n\r\n"),
    (.badStatusLine, .response, "\r\nHTTP/1.1 200 OK\r\n\r\n"),
    (.badStatusLine, .response, "HTTP/1.1 200OK\r\n\r\n"),
    (.switchingProtocols, .response, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
    (.foldedLine, .request, get + "X: y\r\n z\r\n\r\n"),
    (.foldedLine, .request, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    (.foldedLine, .response, "HTTP/1.1 200 OK\r\nX: y\r\n\tz\r\n\r\n"),
    (.emptyName, .request, get + ": y\r\n\r\n"),
    (.badName, .request, get + "X\u{0}: y\r\n\r\n"),
    (.badName, .request, get + "X(y): z\r\n\r\n"),
    (.badName, .request, get + "X\u{E9}: z\r\n\r\n"),
    (.spaceBeforeColon, .request, get + "X : y\r\n\r\n"),
    (.spaceBeforeColon, .request, get + "X\t: y\r\n\r\n"),
    (.spaceBeforeColon, .response, "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello"),
    (.missingColon, .request, get + "X\r\n\r\n"),
    (.badValue, .request, get + "X: a\u{0}b\r\n\r\n"),
    (.badValue, .request, get + "X: a\u{7F}b\r\n\r\n"),
    (.badValue, .request, get + "X: 0123456\u{B}\r\n\r\n"),
    (.headTooLarge, .request, get + "X: " + String(repeating: "a", count: 64 << 10)),
    (.tooManyHeaders, .request, get + String(repeating: "X: y\r\n", count: 128) + "\r\n"),
    (
      .tooManyConnectionOptions, .request,
      get + "Connection: " + String(repeating: "a,", count: 65) + "\r\n\r\n"
    ),
    (.missingHost, .request, "GET / HTTP/1.1\r\n\r\n"),
    (.missingHost, .request, "GET http://a/ HTTP/1.1\r\n\r\n"),
    (.duplicateHost, .request, get + "host: a\r\n\r\n"),
    (.badHost, .request, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    (.badHost, .request, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    (.badHost, .request, "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"),
    (.badHost, .request, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    (.badHost, .request, "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n"),
    (.badHost, .request, "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"),
    (.badHost, .request, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
    (.badHost, .request, "GET / HTTP/1.1\r\nHost: a%2\r\n\r\n"),
    (.badLength, .request, get + "Content-Length: +5\r\n\r\nhello"),
    (.badLength, .request, get + "Content-Length:\r\n\r\n"),
    (.badLength, .response, "HTTP/1.1 200 OK\r\nContent-Length: 5 5\r\n\r\nhello"),
    (.lengthTooLarge, .request, get + "Content-Length: 9223372036854775808\r\n\r\n"),
    (.lengthTooLarge, .request, get + "Content-Length: 99999999999999999999999\r\n\r\n"),
    (.duplicateLength, .request, get + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    (.duplicateLength, .request, get + "Content-Length: 5, 5\r\n\r\nhello"),
    (
      .lengthWithTransferCoding, .request,
      get + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    (
      .transferCodingInOldVersion, .request,
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    (.badTransferCoding, .request, get + "Transfer-Encoding: identity\r\n\r\n"),
    (.badTransferCoding, .response, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
    (
      .duplicateTransferCoding, .request,
      get + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
    ),
    (.unsupportedTransferCoding, .request, get + "Transfer-Encoding: gzip, chunked\r\n\r\n"),
    (.badExpectation, .request, get + "Expect: 200-ok\r\n\r\n"),
    (.badChunkSize, .request, chunked + "g\r\n"),
    (.badChunkSize, .request, chunked + "\r\n"),
    (.badChunkSize, .request, chunked + "5 ;a\r\nhello\r\n"),
    (.badChunkSize, .request, chunked + "0x5\r\nhello\r\n"),
    (.badChunkSize, .request, chunked + "-5\r\nhello\r\n"),
    (.chunkSizeTooLarge, .request, chunked + "1000000000000000\r\n"),
    (.chunkSizeTooLarge, .request, chunked + "0000000000000005\r\nhello\r\n"),
    (.badChunkExtension, .request, chunked + "5;\r\nhello\r\n"),
    (.badChunkExtension, .request, chunked + "5;a b\r\nhello\r\n"),
    (.badChunkExtension, .request, chunked + "5;a=\"\u{0}\"\r\nhello\r\n"),
    (
      .chunkExtensionTooLong, .request,
      chunked + "5;" + String(repeating: "a", count: 4 << 10) + "\r\nhello\r\n"
    ),
    (
      .chunkExtensionTooLong, .request,
      chunked + String(repeating: "1;" + String(repeating: "a", count: 99) + "\r\nx\r\n", count: 42)
    ),
    (.badChunkEnd, .request, chunked + "5\r\nhelloX\r\n"),
    (.badChunkEnd, .request, chunked + "5\r\nhello\n0\r\n\r\n"),
    (.forbiddenTrailer, .request, chunked + "0\r\nContent-Length: 5\r\n\r\n"),
    (.forbiddenTrailer, .request, chunked + "0\r\nAuthorization: x\r\n\r\n"),
    (
      .trailersTooLarge, .request,
      chunked + "0\r\nX: " + String(repeating: "a", count: 8 << 10) + "\r\n\r\n"
    ),
    (.truncated, .response, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"),
    (.truncated, .response, "HTTP/1.1 200 OK\r\n"),
    (.truncated, .response, ""),
    (
      .truncated, .response,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    ),
    (
      .surplus, .response,
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n"
    ),
    (.surplus, .response, "HTTP/1.1 304 Not Modified\r\n\r\nx"),
  ]

  @Test(arguments: cases.indices)
  func `bytes that break a rule are refused by its name`(_ index: Int) {
    let (refusal, side, text) = Self.cases[index]
    let transcript =
      switch side {
      case .request: Transcript(requests: text)
      case .response: Transcript(responses: text)
      }
    #expect(transcript.refusal == refusal, "\(text.prefix(200).debugDescription)")
  }

  @Test func `no refusal is without a case`() {
    let met = Set(Self.cases.map(\.0))
    #expect(HTTPRefusal.allCases.filter { !met.contains($0) } == [])
  }

  @Test
  func `each refusal has a code of its own, a status of an error, and says where the rule is`() {
    #expect(Set(HTTPRefusal.allCases.map(\.rawValue)).count == HTTPRefusal.allCases.count)
    for refusal in HTTPRefusal.allCases {
      #expect([400, 413, 414, 417, 431, 501, 505].contains(refusal.status))
      #expect("\(refusal.explanation)".contains("(RFC "), "\(refusal)")
    }
  }

  @Test func `a limit is met by what is just within it`() {
    var limits = HeadLimits()
    limits.fields = 2
    limits.target = 4
    limits.head = 40
    let fits = "GET /abc HTTP/1.1\r\nHost: a\r\nX: 01234\r\n\r\n"
    #expect(fits.utf8.count == 40)
    #expect(Transcript(requests: fits, limits: limits).refusal == nil)
    #expect(Transcript(requests: fits, limits: limits).messages.count == 1)
    let longer = fits.replacing("01234", with: "012345")
    #expect(Transcript(requests: longer, limits: limits).refusal == .headTooLarge)
    let further = "GET /abcd HTTP/1.1\r\nHost: a\r\n\r\n"
    #expect(Transcript(requests: further, limits: limits).refusal == .targetTooLong)
  }

  @Test func `a client that leaves within a request has sent a truncated one`() throws {
    var decoder = RequestDecoder()
    var buffer = ByteBuffer(string: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
    #expect(throws: Never.self) { try decoder.endOfFile(ByteBuffer()) }
    _ = try decoder.next(&buffer)
    #expect(throws: HTTPRefusal.truncated) { try decoder.endOfFile(buffer) }
    var second = RequestDecoder()
    #expect(throws: HTTPRefusal.truncated) { try second.endOfFile(ByteBuffer(string: "GE")) }
  }
}

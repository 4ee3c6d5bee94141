// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import Testing

/// Which codings are undone, asked for, and what a head says then.
struct ContentCodingTests {
  private func fields(_ lines: String) throws -> HeaderFields {
    var decoder = ResponseDecoder()
    decoder.requestSent(isHead: true)
    var buffer = ByteBuffer(string: "HTTP/1.1 200 OK\r\n\(lines)\r\n")
    guard case .head(let head) = try decoder.next(&buffer) else { throw NoHead() }
    return head.fields
  }

  private struct NoHead: Error {}

  @Test(arguments: [
    ("gzip", ContentCoding.gzip), ("X-GZip", .gzip), ("deflate", .deflate), ("identity", nil),
    ("", nil), ("br", nil), ("zstd", nil), ("gzip, br", nil), ("gzip, gzip", nil),
    ("identity, gzip", .gzip), ("gzipped", nil),
  ])
  func `one coding that is known is undone`(_ value: String, _ coding: ContentCoding?) throws {
    #expect(ContentCoding(of: try fields("Content-Encoding: \(value)\r\n")) == coding)
  }

  @Test func `what stands in several fields is one list`() throws {
    let two = "Content-Encoding: gzip\r\nContent-Encoding: br\r\n"
    #expect(ContentCoding(of: try fields(two)) == nil)
    #expect(ContentCoding(of: try fields("")) == nil)
  }

  @Test(arguments: [
    (["gzip, deflate, br, zstd"], "gzip, deflate"), (["br"], "identity"), ([""], "identity"),
    (["*"], "gzip"), (["*;q=0.5, br"], "gzip;q=0.5"), (["gzip;q=0, *"], "gzip;q=0"),
    (["br;q=1.0, GZIP ; q=0.8", "identity;q=0"], "GZIP ; q=0.8, identity;q=0"),
    (["x-gzip"], "x-gzip"),
  ])
  func `only what can be undone is asked for`(_ values: [String], _ expected: String) {
    let acceptable = ContentCoding.acceptable(among: values.map { Array($0.utf8) })
    #expect(String(decoding: acceptable, as: UTF8.self) == expected)
  }

  @Test func `a head of a body that was decoded says what holds for it`() throws {
    let fields = try fields(
      "Content-Type: a/b\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\nETag: \"x\"\r\n"
        + "Vary: Accept-Encoding\r\nAccept-Ranges: bytes\r\nDigest: sha-256=x\r\n")
    var edits = HeaderEdits()
    edits.describeDecoded(fields)
    var seen: [String] = []
    edits.forEachField(of: fields) { name, value in
      if case .bytes(let bytes) = value { seen.append("\(latin(name)): \(latin(bytes))") }
    }
    #expect(seen == ["Content-Type: a/b", "Vary: Accept-Encoding", "ETag: W/\"x\""])
    var buffer = ByteBuffer()
    try HeadWriter.write(
      status: 200, fields: fields, edits: edits, framing: .chunked, closes: false, into: &buffer)
    #expect(
      String(buffer: buffer)
        == "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nVary: Accept-Encoding\r\nETag: W/\"x\"\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n")
  }

  @Test func `a weak tag stays`() throws {
    let fields = try fields("ETag: W/\"x\"\r\n")
    var edits = HeaderEdits()
    edits.describeDecoded(fields)
    #expect(edits.masks(.contentEncoding))
    var tags: [String] = []
    edits.forEachField(of: fields) { _, value in
      if case .bytes(let bytes) = value { tags.append(latin(bytes)) }
    }
    #expect(tags == ["W/\"x\""])
  }
}

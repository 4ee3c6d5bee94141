// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import NIOHPACK
import Testing

@testable import HostGateway

/// Heads of HTTP/1.1 that become field sections of HTTP/2.
struct HTTP2ResponseTests {
  private func upstream(_ text: String) throws -> ResponseHead {
    var decoder = ResponseDecoder()
    decoder.requestSent(isHead: false)
    var bytes = ByteBuffer(string: text)
    switch try #require(try decoder.next(&bytes)) {
    case .head(let head), .informational(let head): return head
    case .body, .end: throw CancellationError()
    }
  }

  private func section(
    _ head: ResponseHead, _ edits: HeaderEdits = HeaderEdits(), body: ResponseBody = .open
  ) -> [String] {
    let response = ClientResponse(
      status: head.status, fields: head.fields, edits: edits, body: body)
    return HTTP2Response.head(response).0.map { "\($0.name): \($0.value)" }
  }

  @Test func `names are in lower case and nothing of the connection is left`() throws {
    let head = try upstream(
      """
      HTTP/1.1 201 Whatever\r\nX-A: B\r\nConnection: X-Gone\r\nX-Gone: 1\r\nKeep-Alive: 5\r
      Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n
      """)
    #expect(
      section(head)
        == [":status: 201", "x-a: B", "trailer: X-Sum", "set-cookie: a", "set-cookie: b"])
    #expect(
      section(head, body: .length(3))
        == [":status: 201", "x-a: B", "set-cookie: a", "set-cookie: b", "content-length: 3"])
  }

  @Test func `edits count as in HTTP/1.1`() throws {
    let head = try upstream("HTTP/1.1 200 OK\r\nX-A: 1\r\nX-B: 2\r\nContent-Length: 9\r\n\r\n")
    var edits = HeaderEdits()
    edits.set("X-A", "3")
    edits.set("X-C", "4")
    #expect(
      section(head, edits, body: .length(2))
        == [":status: 200", "x-b: 2", "x-a: 3", "x-c: 4", "content-length: 2"])
  }

  @Test func `a length is told where there is one`() throws {
    let ok = try upstream("HTTP/1.1 200 OK\r\n\r\n")
    #expect(section(ok, body: .none(declared: 7)) == [":status: 200", "content-length: 7"])
    #expect(section(ok, body: .none(declared: nil)) == [":status: 200"])
    let empty = try upstream("HTTP/1.1 204 No Content\r\n\r\n")
    #expect(section(empty, body: .none(declared: 0)) == [":status: 204"])
  }

  @Test func `bytes that are no UTF-8 are taken for Latin-1`() throws {
    var bytes = ByteBuffer(string: "HTTP/1.1 200 OK\r\nX-A: caf")
    bytes.writeBytes([0xE9])
    bytes.writeString("\r\nX-B: café\r\n\r\n")
    var decoder = ResponseDecoder()
    decoder.requestSent(isHead: false)
    guard case .head(let head)? = try decoder.next(&bytes) else { throw CancellationError() }
    #expect(section(head) == [":status: 200", "x-a: café", "x-b: café"])
  }

  @Test func `a response before the response has its fields`() throws {
    let head = try upstream("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x\r\n\r\n")
    let section = HTTP2Response.informational(head)
    #expect(section.map { "\($0.name): \($0.value)" } == [":status: 103", "link: </a>"])
  }
}

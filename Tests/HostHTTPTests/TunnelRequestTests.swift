// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import HostHTTP

struct TunnelRequestTests {
  /// Whether there is a tunnel after each of the pieces.
  private func answers(_ pieces: [String]) throws -> [Bool] {
    var request = TunnelRequest(host: "a.example", port: 443)
    return try pieces.map { try request.receive(ByteBuffer(string: $0)) }
  }

  @Test func `it asks for host and port, and tells nothing else`() {
    let request = TunnelRequest(host: "a.example", port: 8443)
    #expect(
      String(buffer: request.head)
        == "CONNECT a.example:8443 HTTP/1.1\r\nHost: a.example:8443\r\n\r\n")
    let numeric = TunnelRequest(host: "::1", port: 443)
    #expect(String(buffer: numeric.head).hasPrefix("CONNECT [::1]:443 HTTP/1.1\r\n"))
  }

  @Test func `any success opens the tunnel, whatever it says of a body`() throws {
    #expect(try answers(["HTTP/1.1 200 OK\r\n\r\n"]) == [true])
    #expect(try answers(["HTTP/1.0 204 x\r\nContent-Length: 9\r\n\r\n"]) == [true])
    #expect(try answers(["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]) == [true])
  }

  @Test func `an answer may come byte by byte, and behind an interim one`() throws {
    let answer = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nVia: x\r\n\r\n"
    let told = try answers(answer.map(String.init))
    #expect(told == Array(repeating: false, count: answer.count - 1) + [true])
  }

  @Test(arguments: [302, 407, 502])
  func `another status is a refusal`(status: Int) {
    #expect(throws: TunnelRequest.Refusal.status(status)) {
      try answers(["HTTP/1.1 \(status) No\r\nContent-Length: 3\r\n\r\nbad"])
    }
  }

  @Test func `bytes behind the answer are none of the origin's`() {
    #expect(throws: TunnelRequest.Refusal.invalid) {
      try answers(["HTTP/1.1 200 OK\r\n\r\nmore"])
    }
  }

  @Test(arguments: ["SSH-2.0\r\n\r\n", "HTTP/1.1 200\r\nno colon\r\n\r\n"])
  func `what is no HTTP is a refusal`(answer: String) {
    #expect(throws: TunnelRequest.Refusal.invalid) { try answers([answer]) }
  }

  @Test func `an endless head is a refusal`() {
    #expect(throws: TunnelRequest.Refusal.invalid) {
      try answers(["HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 32 << 10)])
    }
  }
}

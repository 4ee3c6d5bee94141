// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import Testing

/// Where HTTP ends and another protocol begins.
struct UpgradeTests {
  @Test(
    arguments: [
      (
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n",
        true
      ),
      ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\n", false),
      ("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n", false),
      (
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n", false
      ),
      ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket/13\r\n\r\n", false),
      ("PUT / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", false),
      ("GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", false),
      (
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: Upgrade\r\n"
          + "Upgrade: websocket\r\n\r\n", false
      ),
    ])
  func `only a whole request for WebSocket alone is one`(_ text: String, _ asks: Bool) throws {
    #expect(try head(text).asksForWebSocket == asks)
  }

  @Test func `the writer adds the fields of an upgrade, and nobody else can`() throws {
    let head = try head(
      "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, X\r\nUpgrade: websocket\r\nX: 1\r\n\r\n")
    var buffer = ByteBuffer()
    try HeadWriter.write(
      head, method: nil, target: bytes("/b"), edits: HeaderEdits(), framing: .none,
      secrets: { _ in nil }, upgrade: "websocket", into: &buffer)
    #expect(
      String(buffer: buffer)
        == "GET /b HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
  }

  @Test func `101 is written with its protocol, and never without`() throws {
    var buffer = ByteBuffer()
    try HeadWriter.write(
      status: 101, fields: HeaderFields(), edits: HeaderEdits(), framing: .none, closes: false,
      upgrade: "websocket", into: &buffer)
    #expect(
      String(buffer: buffer)
        == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    #expect(throws: HeaderEdits.Refusal.badStatus) {
      try HeadWriter.write(
        status: 101, fields: HeaderFields(), edits: HeaderEdits(), framing: .none, closes: false,
        into: &buffer)
    }
  }

  @Test func `what follows 101 is not the decoder's`() throws {
    var buffer = ByteBuffer(
      string: "HTTP/1.1 100 \r\n\r\n"
        + "HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nHTTP/1.1 200 OK\r\n"
    )
    var decoder = ResponseDecoder()
    decoder.requestSent(isHead: false, upgrades: true)
    guard case .informational(let first) = try decoder.next(&buffer),
      case .informational(let second) = try decoder.next(&buffer)
    else {
      Issue.record("two heads")
      return
    }
    #expect(first.status == 100)
    #expect(second.switchesToWebSocket)
    #expect(String(buffer: buffer) == "HTTP/1.1 200 OK\r\n")
    #expect(!decoder.isIdle)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostGateway

struct HTTP1ConnectionTests {
  private static let requests = Array(
    String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 3).utf8)

  @Test func `requests that stand one behind the other are answered one after the other`() throws {
    let channel = try ClientChannel("http/1.1")
    try channel.receive(Self.requests)
    let answers = String(decoding: try channel.answer(), as: UTF8.self)
    #expect(answers.split(separator: "HTTP/1.1 404 ").count == 3)
    #expect(channel.worker.counters.exchanges == 3)
  }

  @Test func `what stands behind the last answer of a client that left is not begun`() throws {
    let channel = try ClientChannel("http/1.1")
    channel.receiveOnly(Self.requests)
    channel.leave()
    _ = try channel.answer()
    #expect(channel.worker.counters.exchanges == 1)
    #expect(channel.worker.inFlight == 0)
  }
}

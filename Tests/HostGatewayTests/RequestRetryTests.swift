// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import NIOCore
import NIOEmbedded
import Testing

@testable import HostGateway

/// Bodies that go on to an upstream as they come, when the upstream breaks off.
struct RequestRetryTests {
  /// A client, and upstreams one after the other, without sockets.
  private final class Connections {
    private let loop = EmbeddedEventLoop()
    private let client: EmbeddedChannel
    private(set) var upstreams: [EmbeddedChannel] = []

    init(route: String = "", limits: String = "{}") throws {
      let configuration = """
        _format_version: "3.0"
        services: [{name: s, url: "http://127.0.0.1:9", routes: [{name: r, paths: [/]\(route)}]}]
        patchbay: {limits: \(limits)}
        """
      let gateway = try DrivenGateway(try .parse(configuration) { _ in nil })
      client = EmbeddedChannel(loop: loop)
      let driven = gateway.worker(on: loop) { [self] in
        let channel = EmbeddedChannel(loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 9)).wait()
        upstreams.append(channel)
        return channel
      }
      try #require(try driven.accept(client, negotiated: "http/1.1"))
      try client.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func send(_ text: String) throws {
      try client.writeInbound(ByteBuffer(string: text))
      loop.run()
    }

    /// What the newest upstream got since it was last asked.
    func received() throws -> String { try text(written: #require(upstreams.last)) }

    func answered() throws -> String { try text(written: client) }

    /// The newest upstream breaks off.
    func breakOff() throws {
      try #require(upstreams.last).pipeline.fireChannelInactive()
      loop.run()
    }

    func respond(_ text: String) throws {
      try #require(upstreams.last).writeInbound(ByteBuffer(string: text))
      loop.run()
    }

    private func text(written channel: EmbeddedChannel) throws -> String {
      loop.run()
      var text = ""
      while let piece = try channel.readOutbound(as: ByteBuffer.self) {
        text += String(buffer: piece)
      }
      return text
    }
  }

  private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  private func head(_ method: String, _ framing: String = "Content-Length: 10") -> String {
    "\(method) / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n"
  }

  @Test func `what has gone on goes to the next upstream, and the rest behind it`() throws {
    let it = try Connections()
    try it.send(head("PUT"))
    try it.send("01234")
    #expect(try it.received().hasSuffix("Content-Length: 10\r\n\r\n01234"))
    try it.breakOff()
    #expect(it.upstreams.count == 2)
    #expect(try it.received().hasSuffix("Content-Length: 10\r\n\r\n01234"))
    try it.send("56789")
    #expect(try it.received() == "56789")
    try it.breakOff()
    #expect(try it.received().hasSuffix("Content-Length: 10\r\n\r\n0123456789"))
    try it.respond(Self.ok)
    #expect(try it.answered().hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(it.upstreams.count == 3)
  }

  @Test func `chunks and what is behind them too`() throws {
    let it = try Connections()
    try it.send(head("PUT", "Transfer-Encoding: chunked\r\nTrailer: X-Sum"))
    try it.send("3\r\nabc\r\n")
    _ = try it.received()
    try it.breakOff()
    #expect(try it.received().hasSuffix("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"))
    try it.send("2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n")
    #expect(try it.received() == "2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n")
    try it.breakOff()
    #expect(
      try it.received()
        .hasSuffix("Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\nX-Sum: 5\r\n\r\n"))
    try it.respond(Self.ok)
    #expect(try it.answered().hasPrefix("HTTP/1.1 200 OK\r\n"))
  }

  @Test func `a body of the limit is kept, one byte more is not`() throws {
    for (size, tries) in [(8, 6), (9, 1)] {
      let it = try Connections(limits: "{retry_body: 8}")
      try it.send(head("PUT", "Content-Length: \(size)"))
      try it.send(String(repeating: "x", count: 7))
      try it.send(String(repeating: "x", count: size - 7))
      for _ in 0..<tries { try it.breakOff() }
      #expect(it.upstreams.count == tries)
      #expect(try it.answered().hasPrefix("HTTP/1.1 502 "))
    }
  }

  @Test(arguments: ["PATCH", "POST"])
  func `a request that may have arrived is not sent twice`(_ method: String) throws {
    let it = try Connections()
    try it.send(head(method))
    try it.send("01234")
    try it.breakOff()
    #expect(it.upstreams.count == 1)
    #expect(try it.answered().hasPrefix("HTTP/1.1 502 "))
  }

  @Test func `nothing is kept for a route that does not buffer`() throws {
    let it = try Connections(route: ", request_buffering: false")
    try it.send(head("PUT"))
    // Nothing has gone on yet.
    try it.breakOff()
    #expect(it.upstreams.count == 2)
    try it.send("01234")
    try it.breakOff()
    #expect(it.upstreams.count == 2)
    #expect(try it.answered().hasPrefix("HTTP/1.1 502 "))
  }

  @Test func `the limit can be nothing`() throws {
    let it = try Connections(limits: "{retry_body: 0}")
    try it.send(head("PUT"))
    try it.send("0")
    try it.breakOff()
    #expect(it.upstreams.count == 1)
  }

  @Test func `a response that has begun is broken off, and what was kept is let go`() throws {
    let it = try Connections()
    try it.send(head("PUT"))
    try it.send("01234")
    try it.respond("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok")
    try it.send("56789")
    #expect(try it.received().hasSuffix("56789"))
    try it.breakOff()
    #expect(it.upstreams.count == 1)
    #expect(try it.answered().hasSuffix("\r\n\r\nok"))
  }
}

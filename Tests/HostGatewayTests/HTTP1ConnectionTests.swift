// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import NIOCore
import NIOEmbedded
import Testing

@testable import HostGateway

struct HTTP1ConnectionTests {
  private static let configuration = """
    _format_version: "3.0"
    services: [{name: s, url: "http://127.0.0.1:9", routes: [{name: r, paths: [/]}]}]
    """

  /// A client that sends two requests at once; the first one's answer comes when `answer` is called.
  private func pipelined(
    _ body: (Worker, _ client: EmbeddedChannel, _ answer: () throws -> Void) throws -> Void
  ) throws {
    let loop = EmbeddedEventLoop()
    var upstream: EmbeddedChannel?
    let gateway = try DrivenGateway(try .parse(Self.configuration) { _ in nil })
    let driven = gateway.worker(on: loop) {
      let channel = EmbeddedChannel(loop: loop)
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 9)).wait()
      upstream = channel
      return channel
    }
    let client = EmbeddedChannel(loop: loop)
    try #require(try driven.accept(client, negotiated: "http/1.1"))
    try client.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    try client.writeInbound(ByteBuffer(string: request + request))
    loop.run()
    let channel = try #require(upstream)
    #expect(driven.worker.counters.exchanges == 1)
    // Not written in: that would also do what the gateway puts off.
    try body(driven.worker, client) {
      channel.pipeline.fireChannelRead(
        ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
      channel.pipeline.fireChannelReadComplete()
    }
    loop.run()
  }

  @Test func `a second request begins when the first is answered`() throws {
    try pipelined { worker, client, answer in
      try answer()
      client.embeddedEventLoop.run()
      #expect(worker.counters.exchanges == 2)
      #expect(worker.inFlight == 1)
    }
  }

  @Test func `what stands behind the last request of a client that left is not begun`() throws {
    try pipelined { worker, client, answer in
      try answer()
      client.pipeline.fireChannelInactive()
      client.embeddedEventLoop.run()
      #expect(worker.counters.exchanges == 1)
      #expect(worker.inFlight == 0)
    }
  }
}

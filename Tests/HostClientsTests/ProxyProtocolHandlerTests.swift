// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import Testing

@testable import HostClients

struct ProxyProtocolHandlerTests {
  /// What stands behind the header: it notes what it is told, in order.
  private final class Listener: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    var told: [String] = []

    func channelActive(context: ChannelHandlerContext) { told.append("active") }

    func channelInactive(context: ChannelHandlerContext) { told.append("inactive") }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      told.append(String(buffer: unwrapInboundIn(data)))
    }
  }

  private final class Peer {
    let listener = Listener()
    let channel: EmbeddedChannel
    private(set) var refusals: [ProxyRefusal] = []
    private let isWelcome: Bool

    init(isWelcome: Bool = true) throws {
      self.isWelcome = isWelcome
      channel = EmbeddedChannel()
      let handler = ProxyProtocolHandler(
        timeout: .seconds(5),
        received: { [unowned self] header in
          listener.told.append("header \(header.source?.description ?? "none")")
          return isWelcome
        }, refused: { [unowned self] in refusals.append($0) })
      try channel.pipeline.syncOperations.addHandlers([handler, listener])
      try channel.connect(to: SocketAddress(ipAddress: "10.0.0.1", port: 1)).wait()
    }

    func receive(_ text: String) throws {
      try channel.writeInbound(ByteBuffer(string: text))
    }
  }

  private static let header = "PROXY TCP4 1.2.3.4 5.6.7.8 9 80\r\n"

  @Test func `the handlers behind learn the address before anything else`() throws {
    let peer = try Peer()
    #expect(peer.listener.told.isEmpty)
    try peer.receive(Self.header + "GET /")
    try peer.receive(" HTTP/1.1")
    #expect(peer.listener.told == ["header 1.2.3.4", "active", "GET /", " HTTP/1.1"])
    #expect(peer.refusals.isEmpty)
    peer.channel.embeddedEventLoop.advanceTime(by: .seconds(10))
    #expect(peer.channel.isActive)
  }

  @Test func `a header may come in any two pieces`() throws {
    for count in 1..<Self.header.count {
      let peer = try Peer()
      try peer.receive(String(Self.header.prefix(count)))
      #expect(peer.listener.told.isEmpty)
      try peer.receive(Self.header.dropFirst(count) + "x")
      #expect(peer.listener.told == ["header 1.2.3.4", "active", "x"])
    }
  }

  @Test func `what is no header closes the connection, and nobody hears of it`() throws {
    let peer = try Peer()
    try peer.receive("GET / HTTP/1.1\r\n")
    #expect(peer.refusals == [.missing])
    #expect(!peer.channel.isActive)
    #expect(peer.listener.told.isEmpty)
  }

  @Test func `who is not welcome is not heard`() throws {
    let peer = try Peer(isWelcome: false)
    try peer.receive(Self.header + "GET /")
    #expect(peer.listener.told == ["header 1.2.3.4"])
    #expect(!peer.channel.isActive)
  }

  @Test func `a header has its time`() throws {
    let peer = try Peer()
    try peer.receive("PROXY ")
    peer.channel.embeddedEventLoop.advanceTime(by: .milliseconds(4999))
    #expect(peer.channel.isActive)
    peer.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
    #expect(peer.refusals == [.tooSlow])
    #expect(!peer.channel.isActive)
  }
}

// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostHTTP
import NIOCore
import NIOEmbedded
import Testing

@testable import HostGateway

/// A client's channel without a socket. No route is known, so that every request is answered with 404.
struct ClientChannel {
  /// Once for all: to read the system's certificates takes long.
  private static let usual = Result { try gateway(HeadLimits(), keepaliveRequests: 100) }
  private let channel = EmbeddedChannel()
  let worker: Worker

  init(_ negotiated: String?) throws { try self.init(negotiated, Self.usual.get()) }

  init(
    _ negotiated: String?, limits: HeadLimits = HeadLimits(), keepaliveRequests: Int = 100
  ) throws {
    try self.init(negotiated, Self.gateway(limits, keepaliveRequests: keepaliveRequests))
  }

  private init(_ negotiated: String?, _ gateway: DrivenGateway) throws {
    let driven = gateway.worker(on: channel.eventLoop)
    worker = driven.worker
    try #require(try driven.accept(channel, negotiated: negotiated))
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  private static func gateway(
    _ limits: HeadLimits, keepaliveRequests: Int
  ) throws -> DrivenGateway {
    var configuration = GatewayConfiguration()
    configuration.settings.requestHead = limits.head
    configuration.settings.headerCount = limits.fields
    configuration.settings.clients.requestTarget = limits.target
    configuration.settings.clients.keepaliveRequests = keepaliveRequests
    return try DrivenGateway(configuration)
  }

  /// Its connection of HTTP/2.
  var http2: HTTP2Connection {
    get throws { try channel.pipeline.syncOperations.handler(type: HTTP2Connection.self) }
  }

  /// The client sends these bytes; what it does wrong shows in the answer.
  func receive(_ bytes: [UInt8]) throws {
    guard channel.isActive else { return }
    try channel.writeInbound(ByteBuffer(bytes: bytes))
  }

  /// What was sent to the client since the last time.
  func answer() throws -> [UInt8] {
    channel.embeddedEventLoop.run()
    var bytes: [UInt8] = []
    while let piece = try channel.readOutbound(as: ByteBuffer.self) {
      bytes += piece.readableBytesView
    }
    return bytes
  }

  var isActive: Bool { channel.isActive }

  /// The client leaves.
  func leave() { channel.pipeline.fireChannelInactive() }

  /// Lets the time go by that a client which still sends is read after the end.
  func linger() { channel.embeddedEventLoop.advanceTime(by: .seconds(3)) }
}

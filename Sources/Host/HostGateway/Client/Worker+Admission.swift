// SPDX-License-Identifier: Apache-2.0

import HostClients
import HostExchange
import NIOCore

extension Worker {
  /// Refused connections that are told so at a time; the others are closed without a word, so that a flood of them has
  /// no more of the gateway than this.
  private static var farewells: Int { 64 }

  /// Counts a new connection in, and puts in front of its pipeline what reads its PROXY header.
  ///
  /// - Parameters:
  ///   - isSecure: nobody shakes hands to be refused: it is closed.
  ///   - readsProxyHeader: whether the listener speaks the PROXY protocol.
  /// - Returns: who it is; nil: there are too many, and the connection has been given its answer.
  func admit(
    _ channel: any Channel, isSecure: Bool, readsProxyHeader: Bool = false
  ) throws -> ClientPeer? {
    counters.accepted += 1
    let peer = ClientPeer(of: channel, policy)
    // A proxy speaks for many: those are counted once they are known.
    var counted = peer.isTrusted ? nil : peer.direct.ip
    do throws(ConnectionCounts.Refusal) {
      try gate.enter(counted)
    } catch {
      noteRefusal(error.rawValue, client: peer.text)
      return try turnAway(channel, isTold: !isSecure && !readsProxyHeader)
    }
    channel.closeFuture.assumeIsolated().whenComplete { [gate] _ in gate.leave(counted) }
    if readsProxyHeader {
      let handler = ProxyProtocolHandler(
        timeout: .nanoseconds(Int64(policy.timeouts.head)),
        received: { [self] header in
          peer.told(header)
          guard let address = peer.proxied?.ip else { return true }
          do throws(ConnectionCounts.Refusal) {
            try gate.name(address)
            counted = address
            return true
          } catch {
            noteRefusal(error.rawValue, client: peer.text)
            return false
          }
        },
        refused: { [self] in noteRefusal($0.rawValue, client: peer.text) })
      try channel.pipeline.syncOperations.addHandler(handler)
    }
    return peer
  }

  private func turnAway(_ channel: any Channel, isTold: Bool) throws -> ClientPeer? {
    let isTold = isTold && farewellCount < Self.farewells
    try channel.pipeline.syncOperations.addHandler(RefusedConnection(worker: self, isTold: isTold))
    return nil
  }
}

/// A connection that is one too many: it is told so, and closed.
final class RefusedConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// How long the client may take to read its answer: to close at once could reset the connection, and lose it.
  private static let lingerTime = TimeAmount.seconds(1)

  private let worker: Worker
  private let isTold: Bool
  private var isOver = false

  init(worker: Worker, isTold: Bool) {
    self.worker = worker
    self.isTold = isTold
    if isTold { worker.farewellCount += 1 }
  }

  func channelActive(context: ChannelHandlerContext) {
    guard isTold else { return context.close(promise: nil) }
    let answer = ErrorResponse.Refusal(
      .tooManyConnections, id: worker.nextRequestID(), worker.policy)
    context.writeAndFlush(wrapOutboundOut(answer.bytes), promise: nil)
    context.close(mode: .output, promise: nil)
    worker.loop.assumeIsolated().scheduleTask(in: Self.lingerTime) { context.close(promise: nil) }
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

  func channelReadComplete(context: ChannelHandlerContext) { context.read() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func handlerRemoved(context: ChannelHandlerContext) {
    guard isTold, !isOver else { return }
    isOver = true
    worker.farewellCount -= 1
  }
}

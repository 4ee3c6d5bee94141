// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Stands in front of NIO's handler. When the last frame was written it is shut: what the client still sends is read and
/// dropped, for to close at once would reset the connection, and the last frames with it.
final class InboundGate: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// Bytes that are dropped at most.
  private static let limit = 16 << 20

  private var context: ChannelHandlerContext?
  private var dropped: Int?

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func shut() {
    guard dropped == nil else { return }
    dropped = 0
    context?.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let dropped else { return context.fireChannelRead(data) }
    self.dropped = dropped + unwrapInboundIn(data).readableBytes
    if dropped > Self.limit { context.close(promise: nil) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    // Those behind the gate may have begun with what came before it was shut.
    context.fireChannelReadComplete()
    if dropped != nil { context.read() }
  }
}

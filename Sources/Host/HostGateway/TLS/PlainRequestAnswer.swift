// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// In front of TLS until the first bytes have come: a client that speaks HTTP there is told so in its language, as by
/// nginx.
final class PlainRequestAnswer: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// How long a client that still sends is read, so that it gets to read its answer; see ``ClientConnection``.
  private static let lingerTime = TimeAmount.seconds(2)

  private let answer: () -> ByteBuffer
  private var hasAnswered = false

  /// - Parameter answer: the whole response.
  init(answer: @escaping () -> ByteBuffer) { self.answer = answer }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasAnswered else { return }
    // A handshake begins with 22, a request with a letter.
    let first = unwrapInboundIn(data).readableBytesView.first ?? 0
    guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first & ~0x20) else {
      context.fireChannelRead(data)
      return context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
    hasAnswered = true
    context.writeAndFlush(wrapOutboundOut(answer()), promise: nil)
    context.close(mode: .output, promise: nil)
    context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingerTime) {
      context.close(promise: nil)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if hasAnswered { context.read() } else { context.fireChannelReadComplete() }
  }
}

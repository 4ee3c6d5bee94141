// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore
import NIOEmbedded

/// One end of a connection without a socket.
final class TLSEnd {
  private let channel = EmbeddedChannel()
  private let recorder = TLSRecorder()

  init(_ context: TLSContext, _ role: TLSRole) throws {
    try channel.pipeline.syncOperations.addHandlers([
      try TLSHandler(context: context, role: role), recorder,
    ])
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  /// What the handlers behind TLS were given.
  var received: [UInt8] { recorder.received }
  var errors: [any Error] { recorder.errors }
  var isActive: Bool { channel.isActive }

  func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

  func receive(_ bytes: some Sequence<UInt8>) throws {
    guard channel.isActive else { return }
    try channel.writeInbound(ByteBuffer(bytes: bytes))
  }

  /// What has left since the last time.
  func outgoing() throws -> [UInt8] {
    channel.embeddedEventLoop.run()
    var bytes: [UInt8] = []
    while let piece = try channel.readOutbound(as: ByteBuffer.self) {
      bytes += piece.readableBytesView
    }
    return bytes
  }

  /// The socket is closed, and the handlers are let go of.
  func leave() throws { _ = try channel.finish(acceptAlreadyClosed: true) }
}

private final class TLSRecorder: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private(set) var received: [UInt8] = []
  private(set) var errors: [any Error] = []

  func channelActive(context: ChannelHandlerContext) { context.read() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received += unwrapInboundIn(data).readableBytesView
  }

  func channelReadComplete(context: ChannelHandlerContext) { context.read() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { errors.append(error) }
}

// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore
import NIOPosix

/// What a connection over real sockets came to.
struct Ending: Sendable {
  var agreed: TLSHandshakeCompleted?
  var received: [UInt8] = []
  var error: TLSError?
}

/// Behind TLS on a real socket: sends, or echoes, and tells how it ended.
final class SocketEnd: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let ended: EventLoopPromise<Ending>
  private let message: [UInt8]
  /// Bytes after which it closes.
  private let wanted: Int
  private let echoes: Bool
  private var ending = Ending()

  init(
    _ ended: EventLoopPromise<Ending>, message: [UInt8] = [], wanted: Int = .max,
    echoes: Bool = false
  ) {
    self.ended = ended
    self.message = message
    self.wanted = wanted
    self.echoes = echoes
  }

  func channelActive(context: ChannelHandlerContext) { context.read() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard let agreed = event as? TLSHandshakeCompleted else { return }
    ending.agreed = agreed
    if !message.isEmpty {
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: message)), promise: nil)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    ending.received += bytes.readableBytesView
    if echoes { context.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }
    if ending.received.count >= wanted { context.close(promise: nil) }
  }

  func channelReadComplete(context: ChannelHandlerContext) { context.read() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if ending.error == nil { ending.error = error as? TLSError }
  }

  func channelInactive(context: ChannelHandlerContext) { ended.succeed(ending) }
}

/// Connects with autoRead off, as the gateway does; how it ended.
func connect(
  to port: Int, _ context: TLSContext, name: String, message: [UInt8] = [], wanted: Int = .max
) async throws -> Ending {
  let loop = MultiThreadedEventLoopGroup.singleton.next()
  let ended = loop.makePromise(of: Ending.self)
  do {
    let channel = try await ClientBootstrap(group: loop)
      .channelOption(.autoRead, value: false)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(TLSHandler(context: context, role: .client(serverName: name)))
          try pipeline.addHandler(SocketEnd(ended, message: message, wanted: wanted))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    try await channel.closeFuture.get()
  } catch {
    ended.fail(error)
  }
  return try await ended.futureResult.get()
}

/// Listens for one connection and echoes what it says; the port, and how it ended.
func listen(
  _ context: TLSContext, message: [UInt8] = []
) async throws -> (any Channel, EventLoopFuture<Ending>) {
  let loop = MultiThreadedEventLoopGroup.singleton.next()
  let ended = loop.makePromise(of: Ending.self)
  let channel = try await ServerBootstrap(group: loop)
    .childChannelOption(.autoRead, value: false)
    .childChannelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(TLSHandler(context: context, role: .server))
        try pipeline.addHandler(SocketEnd(ended, message: message, echoes: true))
      }
    }
    .bind(host: "127.0.0.1", port: 0).get()
  return (channel, ended.futureResult)
}

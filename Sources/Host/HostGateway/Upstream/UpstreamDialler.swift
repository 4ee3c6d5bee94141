// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostPools
import HostTLS
import NIOCore
import NIOPosix

/// Makes connections: name resolution, TCP, TLS, all within one time.
struct UpstreamDialler {
  private let loop: any EventLoop
  private let tls: NIOLoopBound<UpstreamTLS>

  init(loop: any EventLoop, tls: TLSContext) {
    self.loop = loop
    self.tls = NIOLoopBound(UpstreamTLS(tls), eventLoop: loop)
  }

  /// - Parameters:
  ///   - timeout: nanoseconds.
  ///   - completed: on the loop, with a channel that reads nothing by itself.
  func dial(
    _ origin: Origin, timeout: UInt64,
    _ completed: @escaping (Result<any Channel, any Error>) -> Void
  ) {
    let time = TimeAmount.nanoseconds(Int64(clamping: max(timeout, 1)))
    let deadline = NIODeadline.now() + time
    let dialled = loop.makePromise(of: (any Channel).self)
    let timer = loop.assumeIsolated().scheduleTask(deadline: deadline) {
      dialled.fail(UpstreamTimeout())
    }
    let attempt = ClientBootstrap(group: loop)
      .connectTimeout(time)
      .channelOption(.autoRead, value: false)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .connect(host: origin.host, port: origin.port)
      .flatMap { [tls] channel in Self.secure(channel, origin, tls.value, deadline) }
    attempt.cascade(to: dialled)
    dialled.futureResult.assumeIsolated().whenComplete { result in
      timer.cancel()
      // Too late: nobody takes it.
      if case .failure = result { attempt.whenSuccess { $0.close(promise: nil) } }
      completed(result)
    }
  }

  /// What an error means to the client.
  static func failure(for error: any Error) -> UpstreamFailure {
    let meaning: HostError =
      switch error {
      case is TLSError: .upstreamTLS
      case let error as NIOConnectionError where error.connectionErrors.isEmpty: .nameResolution
      case is SocketAddressError: .nameResolution
      case ChannelError.connectTimeout: .upstreamTimeout
      case is UpstreamTimeout: .upstreamTimeout
      default: .upstreamUnreachable
      }
    return UpstreamFailure(meaning, .unsent, cause: error)
  }

  private static func secure(
    _ channel: any Channel, _ origin: Origin, _ tls: UpstreamTLS, _ deadline: NIODeadline
  ) -> EventLoopFuture<any Channel> {
    guard origin.isSecure else { return channel.eventLoop.makeSucceededFuture(channel) }
    let handshake = channel.eventLoop.makePromise(of: Void.self)
    let timer = channel.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
      handshake.fail(UpstreamTimeout())
    }
    do {
      try channel.pipeline.syncOperations.addHandler(try tls.handler(for: origin))
      try channel.pipeline.syncOperations.addHandler(HandshakeWaiter(handshake))
    } catch {
      handshake.fail(error)
    }
    return handshake.futureResult.map { channel }.always { result in
      timer.cancel()
      if case .failure = result { channel.close(promise: nil) }
    }
  }
}

/// There was no connection within its time.
struct UpstreamTimeout: Error {}

/// Completes a promise with the outcome of the TLS handshake, and then is in nobody's way.
private final class HandshakeWaiter: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private let promise: EventLoopPromise<Void>

  init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is TLSHandshakeCompleted {
      context.pipeline.syncOperations.removeHandler(self, promise: nil)
      promise.succeed()
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    promise.fail(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    promise.fail(ChannelError.eof)
    context.fireChannelInactive()
  }
}

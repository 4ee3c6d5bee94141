// SPDX-License-Identifier: Apache-2.0

import HostTLS
import Logging
import NIOCore

/// Behind TLS on a client's connection until the handshake is over: it hands the connection on then, or closes one that
/// takes too long.
final class ServerHandshake: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private let timeout: TimeAmount
  private let logger: Logger
  private let completed: (any Channel, TLSHandshakeCompleted) throws -> Void
  private var timer: Scheduled<Void>?

  /// - Parameter completed: makes the connection's further pipeline, on its loop.
  init(
    timeout: TimeAmount, logger: Logger,
    completed: @escaping (any Channel, TLSHandshakeCompleted) throws -> Void
  ) {
    self.timeout = timeout
    self.logger = logger
    self.completed = completed
  }

  func handlerAdded(context: ChannelHandlerContext) {
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [self] in
      log("the handshake took too long", context)
      context.close(promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard let agreed = event as? TLSHandshakeCompleted else {
      return context.fireUserInboundEventTriggered(event)
    }
    timer?.cancel()
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
    do {
      try completed(context.channel, agreed)
    } catch {
      context.close(promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    log("\(error)", context)
    context.close(promise: nil)
  }

  /// Anybody can cause it: it is no more than a detail.
  private func log(_ reason: String, _ context: ChannelHandlerContext) {
    logger.debug(
      "TLS handshake failed",
      metadata: [
        "reason": "\(reason)", "client": "\(context.remoteAddress?.ipAddress ?? "unknown")",
      ])
  }
}

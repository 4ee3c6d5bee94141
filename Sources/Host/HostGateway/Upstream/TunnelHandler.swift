// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import HostPools
import NIOCore

/// Asks a proxy for a tunnel, and then is in nobody's way.
final class TunnelHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private var request: TunnelRequest
  private let promise: EventLoopPromise<Void>

  private init(_ request: TunnelRequest, _ promise: EventLoopPromise<Void>) {
    self.request = request
    self.promise = promise
  }

  /// The channel, when all that is written to it reaches the origin; closed when there is no tunnel.
  static func open(
    on channel: any Channel, to origin: Origin, _ deadline: NIODeadline
  ) -> EventLoopFuture<any Channel> {
    channel.prepare(by: deadline) { promise in
      let request = TunnelRequest(host: origin.host, port: origin.port)
      try channel.pipeline.syncOperations.addHandler(TunnelHandler(request, promise))
      channel.writeAndFlush(request.head, promise: nil)
      channel.read()
    }.map { channel }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    do throws(TunnelRequest.Refusal) {
      guard try request.receive(unwrapInboundIn(data)) else { return context.read() }
      context.pipeline.syncOperations.removeHandler(self, promise: nil)
      promise.succeed()
    } catch {
      promise.fail(error)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    promise.fail(TunnelRequest.Refusal.ended)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    promise.fail(error)
    context.close(promise: nil)
  }
}

extension TunnelRequest.Refusal: CustomStringConvertible {
  /// For logs and authors of plugins.
  package var description: String {
    switch self {
    case .status(let status): "the proxy answered with status \(status)"
    case .invalid: "the proxy's answer is none of HTTP"
    case .ended: "the proxy has closed the connection"
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostNames
import HostPools
import HostTLS
import NIOCore

/// Who makes connections to upstreams.
protocol UpstreamDialling {
  /// - Parameters:
  ///   - timeout: nanoseconds.
  ///   - onlyHTTP1: HTTP/2 is not offered.
  ///   - completed: on the loop.
  func dial(
    _ origin: Origin, timeout: UInt64, onlyHTTP1: Bool,
    _ completed: @escaping (Result<DialledUpstream, any Error>) -> Void
  )
}

/// A channel that reads nothing by itself, and what is spoken on it.
struct DialledUpstream: Sendable {
  let channel: any Channel
  let speaksHTTP2: Bool
  let deadline: NIODeadline
}

/// Makes connections: name resolution, TCP, TLS, all within one time.
struct UpstreamDialler: UpstreamDialling {
  private let addresses: AddressDialler
  private let tls: NIOLoopBound<UpstreamTLS>
  /// Origins without TLS that speak HTTP/2 all the same.
  private let knownHTTP2: Set<Origin>

  init(loop: any EventLoop, names: NameResolver, tls: UpstreamTLS, knownHTTP2: Set<Origin>) {
    addresses = AddressDialler(loop: loop, names: names)
    self.tls = NIOLoopBound(tls, eventLoop: loop)
    self.knownHTTP2 = knownHTTP2
  }

  func dial(
    _ origin: Origin, timeout: UInt64, onlyHTTP1: Bool,
    _ completed: @escaping (Result<DialledUpstream, any Error>) -> Void
  ) {
    let time = TimeAmount.nanoseconds(Int64(clamping: max(timeout, 1)))
    let deadline = NIODeadline.now() + time
    addresses.connect(host: origin.peerHost, port: origin.peerPort, time: time, autoRead: false)
      .flatMap { channel in
        origin.isSecure && origin.proxy != nil
          ? TunnelHandler.open(on: channel, to: origin, deadline)
          : channel.eventLoop.makeSucceededFuture(channel)
      }
      .flatMap { [tls, knownHTTP2] channel in
        if origin.isSecure {
          return Self.secure(channel, origin, tls.value, onlyHTTP1: onlyHTTP1, deadline)
        }
        let dialled = DialledUpstream(
          channel: channel, speaksHTTP2: knownHTTP2.contains(origin), deadline: deadline)
        return channel.eventLoop.makeSucceededFuture(dialled)
      }
      .complete(by: deadline, dropping: { $0.channel.close(promise: nil) }, completed)
  }

  /// What an error means to the client.
  static func failure(for error: any Error) -> UpstreamFailure {
    let meaning: HostError =
      switch error {
      case is TLSError: .upstreamTLS
      case is NameLookup.Failure, is NameResolver.Unresolved: .nameResolution
      case ChannelError.connectTimeout: .upstreamTimeout
      case is UpstreamTimeout: .upstreamTimeout
      default: .upstreamUnreachable
      }
    return UpstreamFailure(meaning, .unsent, cause: error)
  }

  private static func secure(
    _ channel: any Channel, _ origin: Origin, _ tls: UpstreamTLS, onlyHTTP1: Bool,
    _ deadline: NIODeadline
  ) -> EventLoopFuture<DialledUpstream> {
    channel.prepare(by: deadline) { handshake in
      try channel.pipeline.syncOperations.addHandler(
        try tls.handler(for: origin, onlyHTTP1: onlyHTTP1))
      try channel.pipeline.syncOperations.addHandler(HandshakeWaiter(handshake))
    }.map {
      DialledUpstream(channel: channel, speaksHTTP2: $0, deadline: deadline)
    }
  }
}

/// Completes a promise with the outcome of the TLS handshake, and then is in nobody's way.
final class HandshakeWaiter: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  /// Whether HTTP/2 was agreed on.
  private let promise: EventLoopPromise<Bool>

  init(_ promise: EventLoopPromise<Bool>) { self.promise = promise }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? TLSHandshakeCompleted {
      context.pipeline.syncOperations.removeHandler(self, promise: nil)
      promise.succeed(event.applicationProtocol == "h2")
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

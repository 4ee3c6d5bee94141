// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostNames
import HostPools
import HostTLS
import NIOCore
import NIOPosix

/// Makes connections: name resolution, TCP, TLS, all within one time.
///
/// Of several addresses the next one is tried when one fails or is slow, as RFC 8305 has it.
struct UpstreamDialler {
  let loop: any EventLoop
  let names: NameResolver
  let tls: TLSContext

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
    let attempt = connect(origin, time)
      .flatMap { [tls] channel in Self.secure(channel, origin, tls, deadline) }
    attempt.cascade(to: dialled)
    dialled.futureResult.assumeIsolated().whenComplete { result in
      timer.cancel()
      // Too late: nobody takes it.
      if case .failure = result { attempt.whenSuccess { $0.close(promise: nil) } }
      completed(result)
    }
  }

  private func connect(_ origin: Origin, _ time: TimeAmount) -> EventLoopFuture<any Channel> {
    if let address = try? SocketAddress(ipAddress: origin.host, port: origin.port) {
      return Self.bootstrap(loop, time).connect(to: address)
    }
    let resolved = loop.makePromise(of: KnownAddresses.self)
    names.addresses(of: origin.host) { result in
      resolved.completeWith(
        result.map { KnownAddresses(loop: loop, addresses: $0, port: origin.port) })
    }
    return resolved.futureResult.flatMap { [loop] addresses in
      Self.bootstrap(loop, time).resolver(addresses).connect(host: origin.host, port: origin.port)
    }
  }

  private static func bootstrap(_ loop: any EventLoop, _ time: TimeAmount) -> ClientBootstrap {
    ClientBootstrap(group: loop)
      .connectTimeout(time)
      .channelOption(.autoRead, value: false)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
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
    _ channel: any Channel, _ origin: Origin, _ tls: TLSContext, _ deadline: NIODeadline
  ) -> EventLoopFuture<any Channel> {
    guard origin.isSecure else { return channel.eventLoop.makeSucceededFuture(channel) }
    let handshake = channel.eventLoop.makePromise(of: Void.self)
    let timer = channel.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
      handshake.fail(UpstreamTimeout())
    }
    do {
      let handler = try TLSHandler(context: tls, role: .client(serverName: origin.host))
      try channel.pipeline.syncOperations.addHandler(handler)
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

/// What NIO takes a name's addresses from: they are known already.
private struct KnownAddresses: Resolver, Sendable {
  let loop: any EventLoop
  let addresses: [SocketAddress]

  init(loop: any EventLoop, addresses: [String], port: Int) {
    self.loop = loop
    self.addresses = addresses.compactMap { try? SocketAddress(ipAddress: $0, port: port) }
  }

  func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
    loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet })
  }

  func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
    loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet6 })
  }

  func cancelQueries() {}
}

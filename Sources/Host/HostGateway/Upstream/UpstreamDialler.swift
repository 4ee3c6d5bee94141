// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostNames
import HostPools
import HostTLS
import NIOCore
import NIOPosix

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
///
/// Of several addresses the next one is tried when one fails or is slow, as RFC 8305 has it.
struct UpstreamDialler: UpstreamDialling {
  private let loop: any EventLoop
  private let names: NameResolver
  private let tls: NIOLoopBound<UpstreamTLS>
  /// Origins without TLS that speak HTTP/2 all the same.
  private let knownHTTP2: Set<Origin>

  init(loop: any EventLoop, names: NameResolver, tls: UpstreamTLS, knownHTTP2: Set<Origin>) {
    self.loop = loop
    self.names = names
    self.tls = NIOLoopBound(tls, eventLoop: loop)
    self.knownHTTP2 = knownHTTP2
  }

  func dial(
    _ origin: Origin, timeout: UInt64, onlyHTTP1: Bool,
    _ completed: @escaping (Result<DialledUpstream, any Error>) -> Void
  ) {
    let time = TimeAmount.nanoseconds(Int64(clamping: max(timeout, 1)))
    let deadline = NIODeadline.now() + time
    let dialled = loop.makePromise(of: DialledUpstream.self)
    let timer = loop.assumeIsolated().scheduleTask(deadline: deadline) {
      dialled.fail(UpstreamTimeout())
    }
    let attempt = connect(origin, time)
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
    attempt.cascade(to: dialled)
    dialled.futureResult.assumeIsolated().whenComplete { result in
      timer.cancel()
      // Too late: nobody takes it.
      if case .failure = result { attempt.whenSuccess { $0.channel.close(promise: nil) } }
      completed(result)
    }
  }

  private func connect(_ origin: Origin, _ time: TimeAmount) -> EventLoopFuture<any Channel> {
    let (host, port) = (origin.peerHost, origin.peerPort)
    if let address = try? SocketAddress(ipAddress: host, port: port) {
      return Self.bootstrap(loop, time).connect(to: address)
    }
    let resolved = loop.makePromise(of: KnownAddresses.self)
    names.addresses(of: host) { result in
      resolved.completeWith(
        result.map { KnownAddresses(loop: loop, addresses: $0, port: port) })
    }
    return resolved.futureResult.flatMap { [loop] addresses in
      Self.bootstrap(loop, time).resolver(addresses).connect(host: host, port: port)
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
    _ channel: any Channel, _ origin: Origin, _ tls: UpstreamTLS, onlyHTTP1: Bool,
    _ deadline: NIODeadline
  ) -> EventLoopFuture<DialledUpstream> {
    let handshake = channel.eventLoop.makePromise(of: Bool.self)
    let timer = channel.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
      handshake.fail(UpstreamTimeout())
    }
    do {
      try channel.pipeline.syncOperations.addHandler(
        try tls.handler(for: origin, onlyHTTP1: onlyHTTP1))
      try channel.pipeline.syncOperations.addHandler(HandshakeWaiter(handshake))
    } catch {
      handshake.fail(error)
    }
    return handshake.futureResult.map {
      DialledUpstream(channel: channel, speaksHTTP2: $0, deadline: deadline)
    }.always {
      result in
      timer.cancel()
      if case .failure = result { channel.close(promise: nil) }
    }
  }
}

/// There was no connection within its time.
struct UpstreamTimeout: Error {}

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

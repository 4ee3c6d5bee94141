// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import HostPools
import HostTLS
import NIOCore
import NIOPosix

/// Connections of one worker to upstreams: idle ones are used again, others are made.
final class UpstreamConnector {
  /// Idle connections kept for one origin, as nginx's `keepalive` in Kong.
  static let idleLimit = 512
  /// Nanoseconds; below the usual idle time of servers, so that it is mostly we who close.
  static let idleTime: UInt64 = 55_000_000_000

  /// Nanoseconds to make a connection for a plugin's own request.
  static let serviceConnectTimeout: UInt64 = 10_000_000_000

  private unowned let worker: Worker
  private let tls: TLSContext
  private let limits: HeadLimits
  private var pool = UpstreamPool(idleLimit: idleLimit, idleTime: idleTime)
  private var idle: [UInt64: UpstreamConnection] = [:]
  private var lastID: UInt64 = 0

  init(worker: Worker, tls: TLSContext, limits: HeadLimits) {
    self.worker = worker
    self.tls = tls
    self.limits = limits
  }

  /// An idle connection to the origin.
  func takeIdle(_ origin: Origin) -> UpstreamConnection? {
    while let id = pool.checkOut(origin) {
      guard let connection = idle.removeValue(forKey: id), connection.isActive else { continue }
      return connection
    }
    return nil
  }

  /// Makes a connection: name resolution, TCP, TLS.
  func connect(
    _ origin: Origin, timeout: UInt64,
    _ completed: @escaping (Result<UpstreamConnection, any Error>) -> Void
  ) {
    lastID += 1
    let connection = UpstreamConnection(id: lastID, origin: origin, worker: worker, limits: limits)
    let deadline = NIODeadline.now() + .nanoseconds(Int64(clamping: timeout))
    ClientBootstrap(group: worker.loop)
      .connectTimeout(.nanoseconds(Int64(clamping: timeout)))
      .channelOption(.autoRead, value: false)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .connect(host: origin.host, port: origin.port)
      .flatMap { [tls] channel in Self.secure(channel, origin, tls, deadline) }
      .assumeIsolated()
      .flatMapThrowing { channel in
        try channel.pipeline.syncOperations.addHandler(connection)
        channel.read()
        return connection
      }
      .whenComplete(completed)
  }

  /// The connection's exchange is over and it can carry another.
  func giveBack(_ connection: UpstreamConnection) {
    guard connection.isActive else { return }
    idle[connection.id] = connection
    if let surplus = pool.checkIn(connection.id, for: connection.origin, now: worker.now()) {
      idle.removeValue(forKey: surplus)?.abort()
    }
  }

  /// The connection is closed.
  func closed(_ connection: UpstreamConnection) {
    guard idle.removeValue(forKey: connection.id) != nil else { return }
    _ = pool.closed(connection.id, for: connection.origin)
  }

  /// Whether a connection waits for its next request.
  var hasIdle: Bool { !idle.isEmpty }

  /// Closes what was idle for too long.
  func expire(now: UInt64) {
    for id in pool.expired(now: now) { idle.removeValue(forKey: id)?.abort() }
  }

  /// Closes all idle connections.
  func stop() {
    let connections = idle.values
    idle.removeAll()
    for connection in connections { connection.abort() }
  }

  /// What an error of a connection means to the client.
  func hostError(for error: any Error) -> HostError {
    switch error {
    case is TLSError: .upstreamTLS
    case let error as NIOConnectionError where error.connectionErrors.isEmpty: .nameResolution
    case is SocketAddressError: .nameResolution
    case let error as ChannelError:
      if case .connectTimeout = error { .upstreamTimeout } else { .upstreamUnreachable }
    case is UpstreamTimeout: .upstreamTimeout
    default: .upstreamUnreachable
    }
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

/// The handshake of an upstream took longer than its connect timeout.
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

// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore
import NIOPosix

/// Makes connections that carry lines: name resolution, TCP, TLS, all within one time.
struct LineDialler {
  private let worker: Worker

  init(worker: Worker) { self.worker = worker }

  /// - Parameter completed: on the loop, once.
  func dial(
    _ destination: TCPDestination,
    _ completed: @escaping (Result<any Channel, any Error>) -> Void
  ) {
    let loop = worker.loop
    let time = TimeAmount.nanoseconds(Int64(clamping: max(destination.timeout, 1)))
    let dialled = loop.makePromise(of: (any Channel).self)
    let timer = loop.assumeIsolated().scheduleTask(in: time) { dialled.fail(UpstreamTimeout()) }
    let attempt = connect(destination, time).assumeIsolated().flatMap { [self] channel in
      prepare(channel, destination)
    }
    .nonisolated()
    attempt.cascade(to: dialled)
    dialled.futureResult.assumeIsolated().whenComplete { result in
      timer.cancel()
      // Too late: nobody takes it.
      if case .failure = result { attempt.whenSuccess { $0.close(promise: nil) } }
      completed(result)
    }
  }

  /// Tries the addresses one after the other.
  private func connect(
    _ destination: TCPDestination, _ time: TimeAmount
  ) -> EventLoopFuture<any Channel> {
    let bootstrap = ClientBootstrap(group: worker.loop).connectTimeout(time)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
    if let address = try? SocketAddress(ipAddress: destination.host, port: destination.port) {
      return bootstrap.connect(to: address)
    }
    let connected = worker.loop.makePromise(of: (any Channel).self)
    worker.upstreams.names.addresses(of: destination.host) { result in
      switch result {
      case .failure(let error): connected.fail(error)
      case .success(let addresses):
        let places = addresses.compactMap {
          try? SocketAddress(ipAddress: $0, port: destination.port)
        }
        Self.connect(bootstrap, places[...], connected)
      }
    }
    return connected.futureResult
  }

  private static func connect(
    _ bootstrap: ClientBootstrap, _ places: ArraySlice<SocketAddress>,
    _ connected: EventLoopPromise<any Channel>
  ) {
    guard let first = places.first else { return connected.fail(ChannelError.eof) }
    bootstrap.connect(to: first).assumeIsolated().whenComplete { result in
      switch result {
      case .success(let channel): connected.succeed(channel)
      case .failure(let error) where places.count == 1: connected.fail(error)
      case .failure: connect(bootstrap, places.dropFirst(), connected)
      }
    }
  }

  private func prepare(
    _ channel: any Channel, _ destination: TCPDestination
  ) -> EventLoopFuture<any Channel> {
    let ready = channel.eventLoop.makePromise(of: Bool.self)
    do {
      let pipeline = channel.pipeline.syncOperations
      if destination.usesTLS {
        let context = try worker.upstreams.tlsOfLines.context(verifies: destination.verifies)
        try pipeline.addHandler(
          TLSHandler(
            context: context,
            role: .client(serverName: destination.serverName, port: destination.port)))
        try pipeline.addHandler(HandshakeWaiter(ready))
      } else {
        ready.succeed(false)
      }
      try pipeline.addHandler(DiscardingHandler())
    } catch {
      ready.fail(error)
    }
    return ready.futureResult.map { _ in channel }.always { result in
      if case .failure = result { channel.close(promise: nil) }
    }
  }
}

/// TLS for connections that carry lines: no protocol is offered, for there is none with a name.
struct LineTLS: Sendable {
  /// As upstreams are known that nothing else is said of.
  let trusting: TLSContext
  private static let unverified = Result { try TLSContext(client: .everybody) }

  func context(verifies: Bool) throws -> TLSContext {
    verifies ? trusting : try Self.unverified.get()
  }
}

/// Reads so that the end of a connection is seen; what is said on it nobody wants to know.
private final class DiscardingHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

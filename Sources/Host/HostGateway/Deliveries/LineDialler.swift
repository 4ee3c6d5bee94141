// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore

/// Makes connections that carry lines: name resolution, TCP, TLS, all within one time.
struct LineDialler {
  private let worker: Worker

  init(worker: Worker) { self.worker = worker }

  /// - Parameter completed: on the loop, once.
  func dial(
    _ destination: TCPDestination,
    _ completed: @escaping (Result<any Channel, any Error>) -> Void
  ) {
    let time = TimeAmount.nanoseconds(Int64(clamping: max(destination.timeout, 1)))
    let deadline = NIODeadline.now() + time
    AddressDialler(loop: worker.loop, names: worker.upstreams.names)
      .connect(host: destination.host, port: destination.port, time: time, autoRead: true)
      .assumeIsolated().flatMap { [self] in prepare($0, destination, deadline) }.nonisolated()
      .complete(by: deadline, dropping: { $0.close(promise: nil) }, completed)
  }

  private func prepare(
    _ channel: any Channel, _ destination: TCPDestination, _ deadline: NIODeadline
  ) -> EventLoopFuture<any Channel> {
    channel.prepare(by: deadline) { ready in
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
    }.map { _ in channel }
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

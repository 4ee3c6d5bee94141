// SPDX-License-Identifier: Apache-2.0

import HostClients
package import HostConfiguration
import HostPools
import Logging
package import NIOCore
import NIOPosix

/// A configuration without plugins and without sockets, for those who drive connections by hand: what arrives is what they
/// write into a channel.
package struct DrivenGateway {
  private static let threads = NIOThreadPool(numberOfThreads: 1)
  private let snapshot: Snapshot
  private let upstreams: UpstreamOptions
  private let policy: ClientPolicy

  /// Reads the system's certificates, which takes long.
  ///
  /// - Throws: when the configuration has routes that cannot be matched, or trusted certificates that cannot be used.
  package init(_ configuration: GatewayConfiguration) throws {
    snapshot = try SnapshotBuilder(
      generation: Generation(1, configuration), plugins: [], releases: [:]
    ).build()
    upstreams = try UpstreamOptions(configuration.settings)
    policy = ClientPolicy(configuration.settings, version: "0")
  }

  /// A worker of its own.
  ///
  /// - Parameter connect: makes a channel to an upstream, which is connected and on the loop; nil: it cannot be reached.
  package func worker(
    on loop: any EventLoop, connect: @escaping () throws -> (any Channel)? = { nil }
  ) -> DrivenWorker {
    let worker = Worker(
      index: 0, loop: loop, snapshot: snapshot,
      shared: SharedServices(loops: [loop], threads: Self.threads),
      upstreams: upstreams, policy: policy,
      gate: ConnectionGate(ConnectionCounts(limit: 10, limitOfAddress: nil)),
      logger: Logger(label: "driven") { _ in SwiftLogNoOpLogHandler() })
    worker.upstreams.dialler = GivenChannels(connect: connect, knownHTTP2: upstreams.knownHTTP2)
    return DrivenWorker(worker: worker)
  }
}

/// One event loop's part of a ``DrivenGateway``.
package struct DrivenWorker {
  let worker: Worker

  /// A client has a connection over the channel, which is not connected yet.
  ///
  /// - Parameter negotiated: as ``ClientPipeline/install(_:on:worker:facts:peer:)`` has it.
  /// - Returns: whether there is room for it.
  package func accept(_ channel: any Channel, negotiated: String?) throws -> Bool {
    guard let peer = try worker.admit(channel, isSecure: false) else { return false }
    try ClientPipeline.install(
      negotiated, on: channel, worker: worker, facts: ConnectionFacts(), peer: peer)
    return true
  }

  /// Finishes what is under way, and takes nothing new.
  package func stop() { _ = worker.stop() }

  /// Exchanges that are not over.
  package var inFlight: Int { worker.inFlight }
}

/// Upstreams that somebody else connects.
private struct GivenChannels: UpstreamDialling {
  let connect: () throws -> (any Channel)?
  let knownHTTP2: Set<Origin>

  func dial(
    _ origin: Origin, timeout: UInt64, onlyHTTP1: Bool,
    _ completed: @escaping (Result<DialledUpstream, any Error>) -> Void
  ) {
    completed(
      Result {
        guard let channel = try connect() else { throw ChannelError.connectTimeout(.zero) }
        return DialledUpstream(
          channel: channel, speaksHTTP2: knownHTTP2.contains(origin),
          deadline: .now() + .nanoseconds(Int64(clamping: timeout)))
      })
  }
}

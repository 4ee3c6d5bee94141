// SPDX-License-Identifier: Apache-2.0

package import HostConfiguration
import HostExchange
import HostHTTP
package import HostProcesses
import HostRouting
import HostServices
package import Logging
package import NIOCore
package import NIOPosix
import PluginProtocol

/// The data plane: a worker for each event loop, and the listener that deals connections to them.
///
/// The control plane reaches workers only by handing them something on their own loop.
package final class Gateway: Sendable {
  private let workers: [NIOLoopBoundBox<Worker>]
  private let logger: Logger

  private init(workers: [NIOLoopBoundBox<Worker>], logger: Logger) {
    self.workers = workers
    self.logger = logger
  }

  /// Makes the workers.
  ///
  /// - Parameters:
  ///   - loops: one worker for each.
  ///   - threads: for what blocks: name resolution and log files.
  /// - Throws: when the trusted certificates cannot be used.
  package convenience init(
    loops: [any EventLoop], settings: HostSettings, threads: NIOThreadPool, logger: Logger
  ) async throws {
    let upstreams = try UpstreamOptions(settings)
    let shared = SharedServices(loop: loops[0], threads: threads)
    var limits = HeadLimits()
    limits.head = settings.requestHead
    limits.fields = settings.headerCount
    let empty = Snapshot.empty
    var workers: [NIOLoopBoundBox<Worker>] = []
    for (index, loop) in loops.enumerated() {
      workers.append(
        try await loop.submit { [limits] in
          NIOLoopBoundBox(
            Worker(
              index: index, loop: loop, snapshot: empty, shared: shared,
              upstreams: upstreams, headLimits: limits, logger: logger), eventLoop: loop)
        }.get())
    }
    self.init(workers: workers, logger: logger)
  }

  /// Runs the closure on each worker's loop, and waits for all.
  private func onWorkers<Result: Sendable>(
    _ body: @escaping @Sendable (_ index: Int, Worker) throws -> Result
  ) async throws -> [Result] {
    var results: [Result] = []
    for (index, worker) in workers.enumerated() {
      results.append(
        try await worker.eventLoop.submit { try body(index, worker.value) }.get())
    }
    return results
  }

  /// Begins to take connections. Returns the channel of the listener.
  package func listen(host: String, port: Int, group: any EventLoopGroup) async throws
    -> any Channel
  {
    let workers = workers
    return try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 4096)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let worker = workers.first(where: { $0.eventLoop === channel.eventLoop }) else {
            preconditionFailure("connections are dealt to the workers' loops only")
          }
          try ClientPipeline.install(
            nil, on: channel, worker: worker.value, isSecure: false)
        }
      }
      .bind(host: host, port: port).get()
  }

  /// Makes pools for the plugins, before their processes come.
  func prepare(plugins: [String], _ reports: PluginReports) async throws {
    _ = try await onWorkers { _, worker in worker.prepareServers(plugins, reports) }
  }

  /// Hands a process to the workers, each of which gets its own data connection.
  package func attach(_ process: ProcessHandle, plugin: Int) async throws {
    let attached = try await onWorkers { index, worker in
      worker.server(plugin).attach(process, descriptor: process.descriptors[index])
    }
    for future in attached { try await future.get() }
  }

  /// No new calls for the process.
  package func drain(plugin: Int, incarnation: UInt64) async throws {
    _ = try await onWorkers { _, worker in
      worker.server(plugin).drain(incarnation: incarnation)
    }
  }

  /// Whether processes of the release can be hoped for.
  func available(plugin: Int, release: UInt64, _ isAvailable: Bool) async throws {
    try await onServers(of: plugin) { $0.available(release, isAvailable) }
  }

  /// Runs the closure on each worker's processes of a plugin, and waits for all.
  func onServers(
    of plugin: Int, _ body: @escaping @Sendable (PluginServer) -> Void
  ) async throws {
    _ = try await onWorkers { _, worker in body(worker.server(plugin)) }
  }

  /// New exchanges run with this from here on.
  func adopt(_ traffic: Traffic) async throws {
    _ = try await onWorkers { _, worker in worker.adopt(traffic) }
  }

  /// Finishes what is under way; after the deadline it is broken off.
  package func stop(within deadline: TimeAmount) async throws {
    let stopping = try await onWorkers { _, worker in
      worker.loop.assumeIsolated().scheduleTask(in: deadline) { worker.abandon() }
      return worker.stop()
    }
    for future in stopping { try await future.get() }
  }

  /// What the admin API says about the data plane.
  package func status() async throws -> GatewayStatus {
    let counters = try await onWorkers { _, worker in
      (worker.counters, worker.inFlight, worker.services.metrics)
    }
    var status = GatewayStatus()
    var metrics = MetricStore()
    for (counter, inFlight, measured) in counters {
      metrics.merge(measured)
      status.exchanges += counter.exchanges
      status.refused += counter.refused
      status.late += counter.late
      status.refusedWrites += counter.refusedWrites
      status.inFlight += inFlight
      status.add(counter.outcomes)
    }
    status.metrics = metrics.values
    // All workers have the same table.
    status.exhaustedRoutes =
      try await onWorkers { _, worker in worker.traffic.stable.routes.exhaustedLookups }.first ?? 0
    return status
  }

  /// What a process has to do and has done, over all workers.
  func load(plugin: Int, incarnation: UInt64) async throws -> ProcessLoad {
    try await onWorkers { _, worker in
      worker.load(plugin: plugin, incarnation: incarnation)
    }.reduce(into: ProcessLoad()) { $0.merge($1) }
  }
}

/// Numbers of the data plane.
package struct GatewayStatus: Sendable, Codable {
  /// Since the host started.
  package var exchanges = 0
  package var refused = 0
  package var late = 0
  /// Writes of plugins that a store did not take.
  package var refusedWrites = 0
  /// Requests without a route because an expression reached its limit.
  package var exhaustedRoutes = 0
  /// Now.
  package var inFlight = 0
  /// Calls of plugins by their outcome.
  package var calls: [String: Int] = [:]
  /// What plugins have measured, by series.
  package var metrics: [String: Double] = [:]

  mutating func add(_ outcomes: [Int]) {
    for (index, count) in outcomes.enumerated() {
      if let outcome = Outcome(rawValue: UInt8(index)) {
        calls["\(outcome.name)", default: 0] += count
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import HostClients
package import HostConfiguration
import HostExchange
import HostHTTP
import HostProcesses
import HostRouting
import HostServices
package import Logging
package import NIOCore
package import NIOPosix
import PluginProtocol
import Synchronization

/// The data plane: a worker for each event loop, and the listener that deals connections to them.
///
/// The control plane reaches workers only by handing them something on their own loop.
package final class Gateway: Sendable {
  let workers: [NIOLoopBoundBox<Worker>]
  let gate: ConnectionGate
  let logger: Logger
  /// What the workers were last told to speak TLS with.
  let tls = Mutex<ServerTLS?>(nil)

  private init(workers: [NIOLoopBoundBox<Worker>], gate: ConnectionGate, logger: Logger) {
    self.workers = workers
    self.gate = gate
    self.logger = logger
  }

  /// Makes the workers.
  ///
  /// - Parameters:
  ///   - loops: one worker for each.
  ///   - version: of the host, as clients and upstreams are told.
  ///   - threads: for what blocks: name resolution and log files.
  /// - Throws: when the trusted certificates cannot be used.
  package convenience init(
    loops: [any EventLoop], settings: HostSettings, version: String, threads: NIOThreadPool,
    logger: Logger
  ) async throws {
    let upstreams = try UpstreamOptions(settings)
    let shared = SharedServices(loops: loops, threads: threads)
    let policy = ClientPolicy(settings, version: version)
    let gate = ConnectionGate(ClientPolicy.counts(settings.clients))
    let latencies = ProcessorLatency.each(
      of: loops.count, microseconds: settings.cpuLatency, logger: logger)
    let empty = Snapshot.empty
    var workers: [NIOLoopBoundBox<Worker>] = []
    for (index, loop) in loops.enumerated() {
      workers.append(
        try await loop.submit {
          NIOLoopBoundBox(
            Worker(
              index: index, loop: loop, snapshot: empty, shared: shared,
              upstreams: upstreams, policy: policy, gate: gate,
              latency: latencies.isEmpty ? nil : latencies[index], logger: logger),
            eventLoop: loop)
        }.get())
    }
    self.init(workers: workers, gate: gate, logger: logger)
  }

  /// Runs the closure on each worker's loop, and waits for all.
  func onWorkers<Result: Sendable>(
    _ body: @escaping @Sendable (_ index: Int, Worker) throws -> Result
  ) async throws -> [Result] {
    var results: [Result] = []
    for (index, worker) in workers.enumerated() {
      results.append(
        try await worker.eventLoop.submit { try body(index, worker.value) }.get())
    }
    return results
  }

  /// Makes pools for the plugins, before their processes come. A pool stays: its plugin may come again.
  ///
  /// - Parameter plugins: those before in the order that they had, and then the new ones.
  func prepare(plugins: [String], _ reports: PluginReports) async throws {
    _ = try await onWorkers { _, worker in worker.prepareServers(plugins, reports) }
  }

  /// Hands a process to the workers, each of which gets its own data connection.
  func attach(_ process: ProcessHandle) async throws {
    let attached = try await onWorkers { index, worker in
      guard let server = worker.server(of: process.plugin) else {
        preconditionFailure("pools are prepared before processes are started")
      }
      return server.attach(process, descriptor: process.descriptors[index])
    }
    for future in attached { try await future.get() }
  }

  /// Runs the closure on each worker's processes of a plugin, and waits for all.
  func onServers(
    of plugin: String, _ body: @escaping @Sendable (PluginServer) -> Void
  ) async throws {
    _ = try await onWorkers { _, worker in worker.server(of: plugin).map(body) }
  }

  /// New exchanges run with this from here on.
  func adopt(_ traffic: Traffic) async throws {
    _ = try await onWorkers { _, worker in worker.adopt(traffic) }
  }

  /// Returns when no exchange of a former generation is left.
  func ended(_ generation: UInt64) async throws {
    let ending = try await onWorkers { _, worker in worker.ended(generation) }
    for future in ending { try await future.get() }
  }

  /// Finishes what is under way; after the deadline it is broken off.
  package func stop(within deadline: TimeAmount) async throws {
    let end = NIODeadline.now() + deadline
    let stopping = try await onWorkers { _, worker in
      worker.loop.assumeIsolated().scheduleTask(in: deadline) { worker.abandon() }
      return worker.stop()
    }
    for future in stopping { try await future.get() }
    try await finishDeliveries(by: min(end, .now() + Self.deliveryTime))
    _ = try await onWorkers { _, worker in worker.services.shared.credentials.stop() }.first?.get()
  }

  /// How long entries may take to leave when no exchange is left.
  private static let deliveryTime = TimeAmount.seconds(5)

  private func finishDeliveries(by deadline: NIODeadline) async throws {
    // All that is still to be handed over is, before any queue is told that it was the last.
    _ = try await onWorkers { _, worker in worker.deliveries.handOver() }
    let finishing = try await onWorkers { _, worker in worker.deliveries.finish(by: deadline) }
    for future in finishing { try await future.get() }
  }

  /// What the admin API says about the data plane.
  package func status() async throws -> GatewayStatus {
    let loops = try await onWorkers { index, worker in
      (
        counters: worker.counters, inFlight: worker.inFlight, measured: worker.services.metrics,
        connections: worker.connections, deliveries: worker.deliveries.counts,
        // All workers have the same table.
        exhaustedRoutes: index == 0 ? worker.traffic.stable.routes.exhaustedLookups : 0
      )
    }
    var status = GatewayStatus()
    var metrics = MetricStore()
    for loop in loops {
      status.connections.merge(loop.connections)
      metrics.merge(loop.measured)
      status.exchanges += loop.counters.exchanges
      status.refused += loop.counters.refused
      status.refusals.merge(loop.counters.refusals, uniquingKeysWith: +)
      status.late += loop.counters.late
      status.refusedWrites += loop.counters.refusedWrites
      status.exhaustedRoutes += loop.exhaustedRoutes
      status.inFlight += loop.inFlight
      status.add(loop.counters.outcomes)
    }
    status.metrics = metrics.values
    status.deliveries = DeliveryStatus.all(loops.map(\.deliveries))
    return status
  }

  /// What a process has to do and has done, over all workers.
  func load(plugin: String, incarnation: UInt64) async throws -> ProcessLoad {
    try await onWorkers { _, worker in
      worker.load(plugin: plugin, incarnation: incarnation)
    }.reduce(into: ProcessLoad()) { $0.merge($1) }
  }
}

/// Connections of clients, as nginx counts them.
package struct ConnectionStatus: Sendable, Codable {
  /// Since the host started.
  package var accepted = 0
  /// Now.
  package var active = 0
  /// Those whose request is not complete.
  package var reading = 0
  /// Those whose request is being answered.
  package var writing = 0
  /// Those between two requests.
  package var waiting = 0

  mutating func merge(_ other: ConnectionStatus) {
    accepted += other.accepted
    active += other.active
    reading += other.reading
    writing += other.writing
    waiting += other.waiting
  }
}

/// Numbers of the data plane.
package struct GatewayStatus: Sendable, Codable {
  /// Since the host started.
  package var exchanges = 0
  package var refused = 0
  /// Clients that met a limit or sent what is no request, by code.
  package var refusals: [String: Int] = [:]
  /// Replies that nobody waited for any more.
  package var late = 0
  /// Writes of plugins that a store did not take.
  package var refusedWrites = 0
  /// Requests without a route because an expression reached its limit.
  package var exhaustedRoutes = 0
  /// Now.
  package var inFlight = 0
  package var connections = ConnectionStatus()
  /// Calls of plugins by their outcome.
  package var calls: [String: Int] = [:]
  package var deliveries: [DeliveryStatus] = []
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

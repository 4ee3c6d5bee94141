// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostPools
import HostProcesses
import Logging
import NIOCore
import NIOPosix
import PluginProtocol

/// The processes of one plugin as one worker sees them: finds a lane for a call, or lets it wait for one.
final class PluginServer {
  /// Calls of one plugin that may wait on one event loop.
  private static let queueLimit = 1024

  let plugin: String
  private unowned let worker: Worker
  private var pool = PluginPool(queueLimit: queueLimit)
  private var lanes: [UInt64: PluginLane] = [:]
  private var waiting: [UInt64: (exchange: Exchange, step: Int)] = [:]
  private var lastWaiter: UInt64 = 0
  /// By incarnation, of the processes that are connected.
  private var logBudgets: [UInt64: LogBudget] = [:]
  /// Told when a process has closed its data connection, by its end or otherwise.
  var connectionLost: (@Sendable (_ incarnation: UInt64) -> Void)?
  /// Told when a process broke the protocol; the supervisor kills it.
  var violationReported: (@Sendable (_ incarnation: UInt64, ProtocolViolation) -> Void)?

  init(plugin: String, worker: Worker) {
    self.plugin = plugin
    self.worker = worker
  }

  /// How a call fares.
  enum Placement {
    case lane(PluginLane, stream: UInt32)
    case waits(UInt64)
    case overloaded
  }

  /// Finds a lane and opens a stream on it.
  func place(_ exchange: Exchange, step: Int) -> Placement {
    lastWaiter += 1
    while true {
      switch pool.acquire(lastWaiter) {
      case .lane(let id):
        if let lane = lanes[id], let stream = lane.open(exchange, step: step) {
          return .lane(lane, stream: stream)
        }
        // It opens no streams any more (its connection is closing): others get the calls.
        pool.released(id)
        pool.draining(id)
      case .queued:
        waiting[lastWaiter] = (exchange, step)
        return .waits(lastWaiter)
      case .overloaded: return .overloaded
      }
    }
  }

  /// A stream of the lane has ended.
  func released(_ lane: PluginLane) {
    pool.released(lane.incarnation)
    serveWaiting()
  }

  /// The call does not wait any longer.
  func stopWaiting(_ waiter: UInt64) {
    waiting[waiter] = nil
    _ = pool.abandoned(waiter)
  }

  /// Calls in flight on a process.
  func inFlight(on incarnation: UInt64) -> Int { pool.inFlight(on: incarnation) }

  private func serveWaiting() {
    while let (waiter, id) = pool.waiting() {
      guard let call = waiting.removeValue(forKey: waiter) else {
        pool.released(id)
        continue
      }
      if let lane = lanes[id], let stream = lane.open(call.exchange, step: call.step) {
        call.exchange.placed(step: call.step, on: lane, stream: stream)
      } else {
        pool.released(id)
        pool.draining(id)
        call.exchange.replace(step: call.step)
      }
    }
  }
}

// MARK: - Processes come and go

extension PluginServer {
  /// A process is ready; the descriptor of its data connection for this worker is ours from here on.
  func attach(
    incarnation: UInt64, descriptor: CInt, limits: ConnectionLimits
  ) -> EventLoopFuture<Void> {
    let lane = PluginLane(
      incarnation: incarnation, limits: limits, worker: worker, server: self)
    let handler = NIOLoopBound(lane, eventLoop: worker.loop)
    return ClientBootstrap(group: worker.loop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(handler.value)
        }
      }
      .withConnectedSocket(descriptor)
      .assumeIsolated()
      .map { _ in
        self.lanes[incarnation] = lane
        self.pool.published(incarnation, capacity: lane.capacity)
        self.serveWaiting()
      }
      .nonisolated()
  }

  /// No new calls for the process.
  func drain(incarnation: UInt64) { pool.draining(incarnation) }

  /// The lane's connection is closed; its calls are told by the lane. A process that lives without it is of no use.
  func lost(_ lane: PluginLane) {
    lanes[lane.incarnation] = nil
    logBudgets[lane.incarnation] = nil
    pool.withdrawn(lane.incarnation)
    connectionLost?(lane.incarnation)
  }

  func violated(_ lane: PluginLane, _ violation: ProtocolViolation) {
    worker.logger.error(
      "plugin broke the protocol",
      metadata: [
        "plugin": "\(plugin)", "incarnation": "\(lane.incarnation)",
        "violation": "\(violation.rawValue)",
      ])
    violationReported?(lane.incarnation, violation)
  }

  func logged(_ lane: PluginLane, _ line: ControlMessage.LogLine) {
    let origin: Logger.Metadata = [
      "plugin": "\(plugin)", "incarnation": "\(lane.incarnation)",
    ]
    guard
      case .log(let dropped) = logBudgets[lane.incarnation, default: LogBudget()]
        .admit(now: worker.now())
    else { return }
    if dropped > 0 {
      worker.logger.warning("\(dropped) lines of the plugin were dropped", metadata: origin)
    }
    worker.logger.log(
      level: .init(protocolLevel: line.level), "\(line.message)", metadata: origin)
  }
}

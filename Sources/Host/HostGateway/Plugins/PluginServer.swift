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
  /// Processes that were killed, and are remembered for as long as calls may look for them.
  private static let excusedLimit = 64

  let plugin: String
  private unowned let worker: Worker
  private let reports: PluginReports
  private var pool = PluginPool(queueLimit: queueLimit)
  private var lanes: [UInt64: PluginLane] = [:]
  private var waiting: [UInt64: (exchange: Exchange, step: Int)] = [:]
  private var lastWaiter: UInt64 = 0
  /// By release: those that must prove themselves first.
  private var trials: [UInt64: Trial] = [:]
  /// A turn for a suspect was asked for, or is had.
  private var wantsTurn = false
  /// Processes that somebody has killed: no call is to blame. The newest last.
  private var excused: [UInt64] = []
  /// By incarnation, of the processes that are connected.
  private var logBudgets: [UInt64: LogBudget] = [:]

  init(plugin: String, worker: Worker, reports: PluginReports) {
    self.plugin = plugin
    self.worker = worker
    self.reports = reports
  }

  /// Streams that are open on its processes.
  var inFlight: Int { pool.inFlight }

  /// How a call fares.
  enum Placement {
    case lane(PluginLane, stream: UInt32)
    case waits(UInt64)
    case overloaded
    /// No process will come that could take it.
    case unavailable
  }

  /// Finds a lane and opens a stream on it.
  func place(_ exchange: Exchange, step: Int) -> Placement {
    lastWaiter += 1
    let demand = exchange.demand(of: step)
    while true {
      switch pool.acquire(lastWaiter, for: demand) {
      case .lane(let id):
        if let lane = lanes[id], let stream = lane.open(exchange, step: step) {
          return .lane(lane, stream: stream)
        }
        noStream(on: id, demand)
      case .queued:
        waiting[lastWaiter] = (exchange, step)
        if demand.isSuspect { askForTurn() }
        return .waits(lastWaiter)
      case .overloaded: return .overloaded
      case .unavailable: return .unavailable
      }
    }
  }

  /// The lane opens no streams any more (its connection is closing): others get the calls.
  private func noStream(on id: UInt64, _ demand: PluginPool.Demand) {
    pool.released(id)
    pool.draining(id)
    // The turn was used for nothing, and is had still.
    if demand.isSuspect { pool.turnCame() }
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
    returnTurn()
  }

  private func serveWaiting() {
    while let (waiter, id) = pool.waiting() {
      guard let call = waiting.removeValue(forKey: waiter) else {
        pool.released(id)
        continue
      }
      if let lane = lanes[id], let stream = lane.open(call.exchange, step: call.step) {
        call.exchange.placed(step: call.step, on: lane, stream: stream)
      } else {
        noStream(on: id, call.exchange.demand(of: call.step))
        call.exchange.replace(step: call.step)
      }
    }
    while let waiter = pool.hopeless() {
      guard let call = waiting.removeValue(forKey: waiter) else { continue }
      call.exchange.notPlaced(step: call.step, .unavailable)
    }
    returnTurn()
  }

  /// Whether the stream can go on in a process of another release.
  func canMove(_ demand: PluginPool.Demand, from lane: PluginLane) -> Bool {
    lane.isLeaving && pool.release(for: demand).map { $0 != lane.release } ?? false
  }
}

// MARK: - Calls that may be why processes died

extension PluginServer {
  /// One of them is tried at a time, whatever event loop it is on.
  private func askForTurn() {
    guard !wantsTurn else { return }
    wantsTurn = true
    let (loop, server) = (worker.loop, NIOLoopBound(self, eventLoop: worker.loop))
    worker.services.shared.suspects.ask(plugin) {
      loop.execute { server.value.turnCame() }
    }
  }

  private func turnCame() {
    pool.turnCame()
    serveWaiting()
  }

  /// Nobody is here any more who needs it.
  private func returnTurn() {
    guard pool.hasTurn, !pool.suspectWaits else { return }
    pool.turnReturned()
    suspectEnded()
  }

  /// The call whose turn it was has been answered, has failed, or died with its process.
  func suspectEnded() {
    wantsTurn = false
    worker.services.shared.suspects.turnEnded(of: plugin)
    if pool.suspectWaits { askForTurn() }
  }

  /// Whether no other call was under way on the process when it died; nil: it is not known yet.
  func wasAlone(on incarnation: UInt64) -> Bool? {
    worker.services.shared.suspects.callsLost(with: incarnation).map { $0 == 1 }
  }
}

// MARK: - Releases come and go

extension PluginServer {
  /// Processes of a release will come.
  ///
  /// - Parameter trial: nil: it serves as it is.
  func announce(_ release: UInt64, stateVersion: UInt32, trial: Trial?) {
    pool.announced(release, stateVersion: stateVersion)
    trials[release] = trial
  }

  /// Exchanges that name a release get another one; nil: itself again.
  func replace(_ release: UInt64, by successor: UInt64?) {
    pool.replaced(release, by: successor)
    serveWaiting()
  }

  /// The release has proved itself, or is given up.
  func endTrial(of release: UInt64) { trials[release] = nil }

  /// Whether processes of the release can be hoped for.
  func available(_ release: UInt64, _ isAvailable: Bool) {
    pool.available(release, isAvailable)
    serveWaiting()
  }

  /// The release takes no new streams, and those that can move do so with their next call.
  func leave(_ release: UInt64) {
    for lane in lanes.values where lane.release == release { leave(lane) }
  }

  private func leave(_ lane: PluginLane) {
    pool.draining(lane.incarnation)
    guard !lane.isLeaving else { return }
    lane.isLeaving = true
    for (exchange, step) in lane.idleStreams { exchange.moveIfPossible(step: step) }
  }

  /// Nothing of the release is left.
  func forget(_ release: UInt64) {
    pool.forgotten(release)
    trials[release] = nil
    serveWaiting()
  }

  /// Where a call goes that failed on a release which must prove itself.
  func fallback(from release: UInt64) -> UInt64? {
    trials.isEmpty ? nil : trials[release]?.fallback
  }

  /// A call of the lane has ended.
  func ended(_ outcome: Outcome, on lane: PluginLane, duration: UInt64) {
    guard outcome != .cancelled, outcome != .superseded else { return }
    let isFailure = outcome != .ok && outcome != .responded
    lane.tally.record(duration: duration, failed: isFailure)
    if !trials.isEmpty { trials[lane.release]?.ended(failed: isFailure) }
  }
}

// MARK: - Processes come and go

extension PluginServer {
  /// A process is ready; the descriptor of its data connection for this worker is ours from here on.
  func attach(
    _ process: ProcessHandle, descriptor: CInt
  ) -> EventLoopFuture<Void> {
    pool.announced(process.release, stateVersion: process.stateVersion)
    let lane = PluginLane(process, worker: worker, server: self)
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
        self.lanes[lane.incarnation] = lane
        self.pool.published(lane.incarnation, of: lane.release, capacity: lane.capacity)
        self.serveWaiting()
      }
      .nonisolated()
  }

  /// No new streams for the process.
  func drain(incarnation: UInt64) {
    guard let lane = lanes[incarnation] else { return }
    leave(lane)
  }

  /// Whether other processes are preferred.
  func slow(incarnation: UInt64, _ isSlow: Bool) { pool.slow(incarnation, isSlow) }

  /// The lane's connection is closed; its calls are told by the lane. A process that lives without it is of no use.
  ///
  /// - Parameter calls: how many were under way.
  func lost(_ lane: PluginLane, calls: Int) {
    worker.services.shared.suspects.died(lane.incarnation, calls: calls)
    lanes[lane.incarnation] = nil
    logBudgets[lane.incarnation] = nil
    pool.withdrawn(lane.incarnation)
    reports.connectionLost(lane.incarnation, !lane.isLeaving)
  }

  func violated(_ lane: PluginLane, _ violation: ProtocolViolation) {
    worker.logger.error(
      "plugin broke the protocol",
      metadata: [
        "plugin": "\(plugin)", "incarnation": "\(lane.incarnation)",
        "violation": "\(violation.rawValue)",
      ])
    reports.violated(lane.incarnation, violation)
  }

  /// Somebody has killed the process.
  func excuse(incarnation: UInt64) {
    excused.append(incarnation)
    if excused.count > Self.excusedLimit { excused.removeFirst() }
  }

  func isExcused(_ incarnation: UInt64) -> Bool { excused.contains(incarnation) }

  /// Processes died of a call, which is not tried again.
  func condemned(killed incarnations: [UInt64]) { reports.condemned(incarnations) }

  /// What the process has on this loop.
  func load(of incarnation: UInt64) -> ProcessLoad {
    guard let lane = lanes[incarnation] else { return ProcessLoad() }
    return ProcessLoad(inFlight: pool.inFlight(on: incarnation), tally: lane.tally)
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

/// What the control plane is told of processes by the data plane.
struct PluginReports: Sendable {
  /// A process has closed its data connection, by its end or otherwise; it is missed when it was to serve on.
  var connectionLost: @Sendable (_ incarnation: UInt64, _ isMissed: Bool) -> Void
  /// A process broke the protocol; the supervisor kills it.
  var violated: @Sendable (_ incarnation: UInt64, ProtocolViolation) -> Void
  /// The processes died of one and the same call.
  var condemned: @Sendable (_ incarnations: [UInt64]) -> Void
}

/// What a process has to do, and has done.
struct ProcessLoad: Sendable {
  /// Streams that are open.
  var inFlight = 0
  var tally = CallTally()

  mutating func merge(_ other: ProcessLoad) {
    inFlight += other.inFlight
    tally.merge(other.tally)
  }
}

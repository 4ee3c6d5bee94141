// SPDX-License-Identifier: Apache-2.0

package import Logging
package import NIOCore
package import PluginProtocol

/// Keeps the plugin processes that a configuration names: starts them, greets and configures them, restarts what dies.
///
/// The decisions are ``SupervisorMachine``'s; this actor obeys them. Everything that happens comes through one stream of
/// events, so that nothing overtakes.
package actor ProcessSupervisor {
  /// Events of a process carry its incarnation, so that those of its predecessor mean nothing.
  enum Event: Sendable {
    case spawn(slot: UInt64)
    case spawner(Spawner.Report)
    case control(incarnation: UInt64, ControlHandler.Event)
    case log(incarnation: UInt64, LogLineHandler.Event)
    /// The log pipes of a process that ended had their time.
    case pipesOverdue(incarnation: UInt64)
    /// A process that makes way for others has done so for long enough, ready or not.
    case patienceOver(incarnation: UInt64)
    /// A process has closed a data connection, and had time to end by itself.
    case isDisconnected(incarnation: UInt64)
    /// What a process died of was a request.
    case forgiven(incarnation: UInt64)
    /// A process that serves had its time to answer what it was asked about a configuration.
    case answerOverdue(incarnation: UInt64, question: Int)
    /// Nanoseconds for the processes of a release to finish.
    case retire(release: UInt64, within: UInt64)
    /// Nanoseconds for the processes to finish.
    case shutDown(within: UInt64)
    case wake
    case ping
  }

  let spawner: Spawner
  let loops: Int
  let group: any EventLoopGroup
  let logger: Logger
  let observer: any ProcessObserver
  let sandbox: SandboxPolicy
  let timing: SupervisorMachine.Timing
  let precedence: Precedence?
  private let events: AsyncStream<Event>
  let report: AsyncStream<Event>.Continuation

  var slots: [UInt64: ProcessSlot] = [:]
  var releases: [UInt64: ReleaseState] = [:]
  var lastSlot: UInt64 = 0
  /// By plugin, since the host started: processes, and those of them that took the place of one that ended.
  package internal(set) var starts: [String: Int] = [:]
  package internal(set) var restarts: [String: Int] = [:]
  var lastRelease: UInt64 = 0
  var lastIncarnation: UInt64 = 0
  /// Who waits for something to change.
  private var waiters: [CheckedContinuation<Void, Never>] = []
  private(set) var isOver = false
  /// All processes are to end: none is added.
  var isShuttingDown = false

  /// - Parameters:
  ///   - loops: event loops of the host; a process has a data connection for each.
  ///   - group: for control connections and log pipes.
  ///   - precedence: what it has to do is urgent when a process is lost; nil: nothing ever makes way.
  package init(
    spawner: Spawner, loops: Int, group: any EventLoopGroup, logger: Logger,
    observer: any ProcessObserver, sandbox: SandboxPolicy = .init(),
    timing: SupervisorMachine.Timing = .init(), precedence: Precedence? = nil
  ) {
    self.spawner = spawner
    self.loops = loops
    self.group = group
    self.logger = logger
    self.observer = observer
    self.sandbox = sandbox
    self.timing = timing
    self.precedence = precedence
    (events, report) = AsyncStream.makeStream(of: Event.self)
  }

  /// Runs until ``shutDown(within:)`` is through or the task is cancelled.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { [spawner, report] in
        for await event in spawner.reports { report.yield(.spawner(event)) }
      }
      group.addTask { [timing, report] in
        while !Task.isCancelled {
          try? await Task.sleep(for: .nanoseconds(Int64(timing.ping)))
          report.yield(.ping)
        }
      }
      for await event in events {
        if case .spawn(let slot) = event {
          // To verify an executable takes milliseconds: plugins start side by side.
          group.addTask { await self.spawn(slot) }
        } else {
          await handle(event)
        }
      }
      group.cancelAll()
    }
    isOver = true
    notify()
  }

  var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

  /// Something has changed.
  func notify() {
    let waiting = waiters
    waiters.removeAll()
    for waiter in waiting { waiter.resume() }
  }

  /// Tells itself an event after a while.
  nonisolated func tell(_ event: Event, in wait: TimeAmount) {
    group.any().scheduleTask(in: wait) { [report] in report.yield(event) }
  }

  func change() async {
    await withCheckedContinuation { waiters.append($0) }
  }
}

// MARK: - What the host asks for

extension ProcessSupervisor {
  /// Lets all processes finish, kills what has not by the deadline, and waits until they are gone.
  package func shutDown(within deadline: Duration) async {
    report.yield(.shutDown(within: deadline.wholeNanoseconds))
    while !isOver, slots.values.contains(where: { $0.machine.state != .stopped }) {
      await change()
    }
    report.finish()
  }

  /// A process broke the protocol on a data connection.
  package nonisolated func violated(incarnation: UInt64, _ violation: ProtocolViolation) {
    precedence?.hurry()
    report.yield(.control(incarnation: incarnation, .violation(violation)))
  }

  /// A process has closed a data connection. Mostly it is ending, and how it ended will be told; one that goes on is killed.
  ///
  /// - Parameter isMissed: it was to serve on.
  package nonisolated func connectionLost(incarnation: UInt64, isMissed: Bool) {
    if isMissed { precedence?.hurry() }
    tell(.isDisconnected(incarnation: incarnation), in: Self.endPatience)
  }

  /// Processes died of a request that is not tried again: it is not held against the plugin.
  package nonisolated func forgive(incarnations: [UInt64]) {
    for incarnation in incarnations { report.yield(.forgiven(incarnation: incarnation)) }
  }

  /// How long a process may take to end once it has closed its connections.
  private static let endPatience = TimeAmount.milliseconds(200)

  /// All processes; calls in flight are the data plane's to fill in.
  package func status() -> [ProcessStatus] { states().map(\.measured) }

  private func states() -> [ProcessStatus] {
    slots.values.sorted { $0.id < $1.id }.map { ProcessStatus($0, releases[$0.release], now: now) }
  }

  /// Waits until the processes are as they should be.
  package func status(
    when condition: @Sendable ([ProcessStatus]) -> Bool
  ) async -> [ProcessStatus] {
    while true {
      let current = states()
      if isOver || condition(current) { return current.map(\.measured) }
      await change()
    }
  }
}

extension Duration {
  /// Nanoseconds; none, when it is negative.
  var wholeNanoseconds: UInt64 { UInt64(max(0, self / .nanoseconds(1))) }
}

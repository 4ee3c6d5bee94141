// SPDX-License-Identifier: Apache-2.0

package import Logging
package import NIOCore
package import PluginProtocol

/// Keeps the plugin processes that a configuration names: starts them, greets and configures them, restarts what dies.
///
/// The decisions are ``SupervisorMachine``'s; this actor obeys them. Everything that happens comes through one stream of
/// events, so that nothing overtakes.
package actor ProcessSupervisor {
  /// The processes of one plugin.
  package struct Pool: Sendable {
    package var plugin: String
    /// Nil: the newest that is installed.
    package var version: String?
    package var processes: Int

    package init(plugin: String, version: String? = nil, processes: Int) {
      self.plugin = plugin
      self.version = version
      self.processes = processes
    }
  }

  /// Events of a process carry its incarnation, so that those of its predecessor mean nothing.
  enum Event: Sendable {
    case spawn(slot: UInt64)
    case spawner(Spawner.Report)
    case control(incarnation: UInt64, ControlHandler.Event)
    case log(incarnation: UInt64, LogLineHandler.Event)
    /// The log pipes of a process that ended had their time.
    case pipesOverdue(incarnation: UInt64)
    /// A process has closed a data connection, and had time to end by itself.
    case isDisconnected(incarnation: UInt64)
    /// Nanoseconds for the processes to finish.
    case shutDown(within: UInt64)
    case wake
    case ping
  }

  /// What processes are configured with.
  struct Configuration {
    var generation: UInt64
    var isDryRun: Bool
    var instances: [String: [ControlMessage.Configure.Instance]]
    /// The first accepted answer, by plugin: the plan is made of it.
    var accepted: [String: ControlMessage.Configured] = [:]
  }

  let spawner: Spawner
  private let directory: String
  let loops: Int
  let group: any EventLoopGroup
  let logger: Logger
  let observer: any ProcessObserver
  let sandbox: SandboxPolicy
  private let timing: SupervisorMachine.Timing
  private let events: AsyncStream<Event>
  let report: AsyncStream<Event>.Continuation

  var slots: [UInt64: ProcessSlot] = [:]
  private var lastSlot: UInt64 = 0
  var lastIncarnation: UInt64 = 0
  var configuration: Configuration?
  /// Who waits for something to change.
  private var waiters: [CheckedContinuation<Void, Never>] = []
  private var isOver = false

  /// - Parameters:
  ///   - directory: where packages are installed.
  ///   - loops: event loops of the host; a process has a data connection for each.
  ///   - group: for control connections and log pipes.
  package init(
    spawner: Spawner, directory: String, loops: Int, group: any EventLoopGroup, logger: Logger,
    observer: any ProcessObserver, sandbox: SandboxPolicy = .init(),
    timing: SupervisorMachine.Timing = .init()
  ) {
    self.spawner = spawner
    self.directory = directory
    self.loops = loops
    self.group = group
    self.logger = logger
    self.observer = observer
    self.sandbox = sandbox
    self.timing = timing
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
  func tell(_ event: Event, in wait: TimeAmount) {
    group.any().scheduleTask(in: wait) { [report] in report.yield(event) }
  }

  private func change() async {
    await withCheckedContinuation { waiters.append($0) }
  }
}

// MARK: - What the host asks for

extension ProcessSupervisor {
  /// Starts the processes and waits until one of each plugin has said who it is.
  ///
  /// - Returns: the manifests by the plugins' names.
  /// - Throws: ``StartProblem``.
  package func launch(_ pools: [Pool]) async throws -> [String: PackageManifest] {
    let packages = try pools.map { pool in
      do {
        return try InstalledPackage.named(pool.plugin, version: pool.version, in: directory)
      } catch {
        throw StartProblem.plugin(name: pool.plugin, reason: "\(error)")
      }
    }
    for (pool, package) in zip(pools, packages) {
      for _ in 0..<pool.processes {
        lastSlot += 1
        slots[lastSlot] = ProcessSlot(id: lastSlot, package: package, timing: timing)
        await obey(lastSlot) { $0.start(now: $1) }
      }
    }
    var manifests: [String: PackageManifest] = [:]
    for pool in pools {
      let slot = try await first(of: pool.plugin) { $0.ready != nil }
      if let ready = slot.ready { manifests[pool.plugin] = ready.manifest }
    }
    return manifests
  }

  /// Configures all processes, now and whenever one is started, and waits for the first answer of each plugin.
  ///
  /// A dry run leaves them waiting for a configuration that counts.
  ///
  /// - Throws: ``StartProblem/plugin(name:reason:)`` when a plugin gave no answer that can be used. Diagnostics are part
  ///   of an answer.
  package func configure(
    generation: UInt64, isDryRun: Bool,
    _ instances: [String: [ControlMessage.Configure.Instance]]
  ) async throws -> [String: ControlMessage.Configured] {
    configuration = Configuration(
      generation: generation, isDryRun: isDryRun, instances: instances)
    for (id, slot) in slots.sorted(by: { $0.key < $1.key })
    where slot.machine.state == .configuring {
      await sendConfiguration(to: id)
    }
    var result: [String: ControlMessage.Configured] = [:]
    for plugin in instances.keys.sorted() {
      let slot = try await first(of: plugin) { $0.answer?.generation == generation }
      result[plugin] = slot.answer
    }
    return result
  }

  /// Lets all processes finish, kills what has not by the deadline, and waits until they are gone.
  package func shutDown(within deadline: Duration) async {
    let nanoseconds = UInt64(max(0, deadline / .nanoseconds(1)))
    report.yield(.shutDown(within: nanoseconds))
    while !isOver, slots.values.contains(where: { $0.machine.state != .stopped }) {
      await change()
    }
    report.finish()
  }

  /// A process broke the protocol on a data connection.
  package func violated(incarnation: UInt64, _ violation: ProtocolViolation) {
    report.yield(.control(incarnation: incarnation, .violation(violation)))
  }

  /// A process has closed a data connection. Mostly it is ending, and how it ended will be told; one that goes on is killed.
  package func connectionLost(incarnation: UInt64) {
    tell(.isDisconnected(incarnation: incarnation), in: Self.endPatience)
  }

  /// How long a process may take to end once it has closed its connections.
  private static let endPatience = TimeAmount.milliseconds(200)

  /// All processes; calls in flight are the data plane's to fill in.
  package func status() -> [ProcessStatus] {
    slots.values.sorted { $0.id < $1.id }.map { ProcessStatus($0, now: now) }
  }

  /// Waits until the processes are as they should be.
  package func status(
    when condition: @Sendable ([ProcessStatus]) -> Bool
  ) async -> [ProcessStatus] {
    while true {
      let current = status()
      if isOver || condition(current) { return current }
      await change()
    }
  }

  /// The first process of a plugin that has come so far; throws when none will.
  private func first(
    of plugin: String, where reached: (ProcessSlot) -> Bool
  ) async throws -> ProcessSlot {
    while true {
      let own = slots.values.filter { $0.package.name == plugin }.sorted { $0.id < $1.id }
      if let slot = own.first(where: reached) { return slot }
      let hopeful = own.contains { slot in
        switch slot.machine.state {
        case .starting, .handshaking, .configuring, .ready, .degraded: true
        case .draining, .stopped, .backoff, .quarantined, .incompatible: false
        }
      }
      guard hopeful, !isOver else {
        var reason = own.first?.machine.reason ?? "was not started"
        if let line = own.first?.lastLines.last { reason += "; it printed last: \(line)" }
        throw StartProblem.plugin(name: plugin, reason: reason)
      }
      await change()
    }
  }
}

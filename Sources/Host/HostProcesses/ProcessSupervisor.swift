// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Glibc
package import Logging
package import NIOCore
import NIOPosix
package import PluginProtocol

/// Keeps the plugin processes that a configuration names: starts them, greets and configures them, restarts what dies.
///
/// The decisions are ``SupervisorMachine``'s; this actor obeys them. Everything that happens comes through one stream of
/// events, so that nothing overtakes.
package actor ProcessSupervisor {
  /// The processes of one plugin.
  package struct Pool: Sendable {
    package var plugin: String
    package var processes: Int

    package init(plugin: String, processes: Int) {
      self.plugin = plugin
      self.processes = processes
    }
  }

  private enum Event: Sendable {
    case spawner(Spawner.Report)
    case control(slot: UInt64, incarnation: UInt64, ControlHandler.Event)
    case line(slot: UInt64, String)
    case wake
    case ping
  }

  private let spawner: Spawner
  private let directory: String
  private let loops: Int
  private let group: any EventLoopGroup
  private let logger: Logger
  private let observer: any ProcessObserver
  private let timing: SupervisorMachine.Timing
  private let events: AsyncStream<Event>
  private let report: AsyncStream<Event>.Continuation

  private var slots: [UInt64: ProcessSlot] = [:]
  private var lastSlot: UInt64 = 0
  private var lastIncarnation: UInt64 = 0
  private var configuration: Configuration?
  /// Who waits for processes to reach a stage.
  private var waiters: [CheckedContinuation<Void, Never>] = []
  private var answers: [UInt64: ControlMessage.Configured] = [:]

  /// What processes are configured with.
  private struct Configuration {
    var generation: UInt64
    var isDryRun: Bool
    var instances: [String: [ControlMessage.Configure.Instance]]
  }

  /// - Parameters:
  ///   - directory: where packages are installed.
  ///   - loops: event loops of the host; a process has a data connection for each.
  package init(
    spawner: Spawner, directory: String, loops: Int, group: any EventLoopGroup, logger: Logger,
    observer: any ProcessObserver, timing: SupervisorMachine.Timing = .init()
  ) {
    self.spawner = spawner
    self.directory = directory
    self.loops = loops
    self.group = group
    self.logger = logger
    self.observer = observer
    self.timing = timing
    (events, report) = AsyncStream.makeStream(of: Event.self)
  }

  /// Runs until the task is cancelled.
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
      for await event in events { await handle(event) }
      group.cancelAll()
    }
  }

  private var now: UInt64 { NIODeadline.now().uptimeNanoseconds }
}

// MARK: - What the host asks for

extension ProcessSupervisor {
  /// Starts the processes and waits until they have said who they are.
  ///
  /// - Returns: the manifests by the plugins' names.
  package func launch(_ pools: [Pool]) async throws -> [String: PackageManifest] {
    for pool in pools {
      let package: InstalledPackage
      do {
        package = try InstalledPackage.newest(pool.plugin, in: directory)
      } catch {
        throw StartProblem.plugin(name: pool.plugin, reason: error.description)
      }
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
  package func configure(
    generation: UInt64, isDryRun: Bool,
    _ instances: [String: [ControlMessage.Configure.Instance]]
  ) async throws -> [String: ControlMessage.Configured] {
    configuration = Configuration(
      generation: generation, isDryRun: isDryRun, instances: instances)
    for (id, slot) in slots.sorted(by: { $0.key < $1.key })
    where slot.machine.state == .configuring {
      sendConfiguration(to: id)
    }
    var result: [String: ControlMessage.Configured] = [:]
    for plugin in instances.keys.sorted() {
      let slot = try await first(of: plugin) { answers[$0.id] != nil }
      result[plugin] = answers[slot.id]
    }
    return result
  }

  /// The first process of a plugin that has come so far; throws when none will.
  private func first(
    of plugin: String, where reached: (ProcessSlot) -> Bool
  ) async throws -> ProcessSlot {
    while true {
      let own = slots.values.filter { $0.package.name == plugin }.sorted { $0.id < $1.id }
      if let slot = own.first(where: reached) { return slot }
      let hopeless = own.first { slot in
        switch slot.machine.state {
        case .starting, .handshaking, .configuring, .ready, .degraded: false
        default: true
        }
      }
      if let hopeless {
        var reason = hopeless.machine.reason
        if let line = hopeless.lastLines.last { reason += "; it printed last: \(line)" }
        throw StartProblem.plugin(name: plugin, reason: reason)
      }
      await withCheckedContinuation { waiters.append($0) }
    }
  }

  /// Lets all processes finish and waits until they are gone.
  package func shutDown(within deadline: Duration) async {
    let nanoseconds = UInt64(max(0, deadline / .nanoseconds(1)))
    for id in slots.keys.sorted() {
      await obey(id) { $0.drain(within: nanoseconds, now: $1) }
    }
    while slots.values.contains(where: { $0.machine.state != .stopped }) {
      await withCheckedContinuation { waiters.append($0) }
    }
    report.finish()
  }

  /// A process broke the protocol on a data connection.
  package func violated(incarnation: UInt64, _ violation: ProtocolViolation) async {
    guard let slot = slots.values.first(where: { $0.incarnation == incarnation }) else { return }
    await obey(slot.id) {
      $0.failed("broke the protocol: \(violation.rawValue)", now: $1)
    }
  }

  /// All processes; calls in flight are the data plane's to fill in.
  package func status() -> [ProcessStatus] {
    slots.values.sorted { $0.id < $1.id }.map { slot in
      ProcessStatus(
        plugin: slot.package.name, version: slot.package.version,
        state: slot.machine.state.rawValue,
        since: Double(now &- slot.machine.since) / 1e9, reason: slot.machine.reason,
        next: slot.machine.next, pid: slot.pid, incarnation: slot.incarnation,
        restarts: slot.machine.restarts, inFlight: 0,
        rss: slot.pid.flatMap { ProcessStatus.residentBytes(of: $0) },
        lastLines: slot.lastLines)
    }
  }
}

// MARK: - What happens

extension ProcessSupervisor {
  private func handle(_ event: Event) async {
    switch event {
    case .spawner(let report): await handle(report)
    case .control(let id, let incarnation, let event):
      guard slots[id]?.incarnation == incarnation else { return }
      await handle(event, id)
    case .line(let id, let line):
      slots[id]?.keep(line)
      logger.info("\(line)", metadata: origin(id))
    case .wake:
      for id in slots.keys.sorted() { await obey(id) { $0.timePassed(now: $1) } }
    case .ping:
      for id in slots.keys.sorted() { await ping(id) }
    }
    notify()
  }

  private func notify() {
    let waiting = waiters
    waiters.removeAll()
    for waiter in waiting { waiter.resume() }
  }

  private func handle(_ report: Spawner.Report) async {
    switch report {
    case .started(let id, let pid):
      slots[id]?.pid = pid
      await obey(id) { $0.started(now: $1) }
    case .failed(let id, let reason):
      await obey(id) { $0.spawnFailed(reason, now: $1, random: .random(in: 0...1)) }
    case .exited(let id, _, let reason, let isClean):
      if !isClean { logger.warning("plugin process ended: \(reason)", metadata: origin(id)) }
      await obey(id) { $0.exited(reason, now: $1, random: .random(in: 0...1)) }
    case .lost:
      logger.critical("the spawner is gone: plugins can no longer be started")
    }
  }

  private func handle(_ event: ControlHandler.Event, _ id: UInt64) async {
    switch event {
    case .closed: return  // the exit that follows says more
    case .violation(let violation):
      await obey(id) { $0.failed("broke the protocol: \(violation.rawValue)", now: $1) }
    case .message(let message):
      guard let meaning = slots[id]?.control.received(message) else { return }
      await handle(meaning, id)
    }
  }

  private func handle(_ meaning: ControlConnection.OnMessage, _ id: UInt64) async {
    switch meaning {
    case .ready(let ready):
      guard ready.manifest.name == slots[id]?.package.name else {
        return await obey(id) {
          $0.incompatible("it is '\(ready.manifest.name)', not what is installed", now: $1)
        }
      }
      slots[id]?.ready = ready
      await obey(id) { $0.greeted(now: $1) }
    case .configured(let configured):
      answers[id] = configured
      let isRefused = configured.instances.contains { $0.diagnostics.contains { !$0.isWarning } }
      if configuration?.isDryRun == true { return }
      await obey(id) {
        isRefused
          ? $0.incompatible("refused the configuration", now: $1) : $0.configured(now: $1)
      }
    case .ping(let nonce): send(.pong(nonce: nonce, inFlight: 0), to: id)
    case .pong: slots[id]?.pingSent = nil
    case .drained: return  // its exit follows
    case .failed(let failure):
      let hint = failure.hint.isEmpty ? "" : "; \(failure.hint)"
      await obey(id) {
        failure.code == "version-mismatch"
          ? $0.incompatible(failure.message + hint, now: $1)
          : $0.failed("\(failure.code): \(failure.message)\(hint)", now: $1)
      }
    case .log(let line):
      logger.log(level: Self.level(line.level), "\(line.message)", metadata: origin(id))
    case .violation(let violation):
      await obey(id) { $0.failed("broke the protocol: \(violation.rawValue)", now: $1) }
    case .greeted, .incompatible, .configure, .drain: return  // the plugin's end of the machine
    }
  }

  private func ping(_ id: UInt64) async {
    guard let slot = slots[id], slot.machine.state == .ready else { return }
    if let sent = slot.pingSent {
      guard now &- sent > timing.pong else { return }
      return await obey(id) { $0.pingUnanswered(now: $1) }
    }
    slots[id]?.pingSent = now
    send(.ping(nonce: now), to: id)
  }

  private func origin(_ id: UInt64) -> Logger.Metadata {
    guard let slot = slots[id] else { return [:] }
    return ["plugin": "\(slot.package.name)", "pid": "\(slot.pid ?? 0)"]
  }

  private static func level(_ level: UInt32) -> Logger.Level {
    switch level {
    case 1: .trace
    case 2: .debug
    case 4: .warning
    case 5: .error
    default: .info
    }
  }
}

// MARK: - What the machine wants

extension ProcessSupervisor {
  private func obey(
    _ id: UInt64,
    _ event: (inout SupervisorMachine, UInt64) -> [SupervisorMachine.Action]
  ) async {
    guard var machine = slots[id]?.machine else { return }
    let before = machine.state
    let actions = event(&machine, now)
    slots[id]?.machine = machine
    if machine.state != before { logTransition(id, machine) }
    for action in actions { await obey(action, id) }
  }

  private func logTransition(_ id: UInt64, _ machine: SupervisorMachine) {
    var metadata = origin(id)
    metadata["state"] = "\(machine.state.rawValue)"
    metadata["reason"] = "\(machine.reason)"
    let isTrouble =
      [.backoff, .quarantined, .incompatible].contains(machine.state)
    logger.log(level: isTrouble ? .warning : .debug, "plugin process", metadata: metadata)
  }

  private func obey(_ action: SupervisorMachine.Action, _ id: UInt64) async {
    switch action {
    case .spawn: await spawn(id)
    case .greet: greet(id)
    case .configure:
      if configuration != nil { sendConfiguration(to: id) }
    case .publish: await publish(id)
    case .withdraw:
      if let slot = slots[id] {
        await observer.processDraining(plugin: slot.package.name, incarnation: slot.incarnation)
      }
    case .drain: send(.drain(deadlineMilliseconds: 5000), to: id)
    case .kill: spawner.kill(id: id, signal: SIGKILL)
    case .discard:
      slots[id]?.discard()
      answers[id] = nil
    case .wake(let time): wake(at: time)
    }
  }

  private func wake(at time: UInt64) {
    let wait = time > now ? time - now : 0
    group.any().scheduleTask(in: .nanoseconds(Int64(clamping: wait))) { [report] in
      report.yield(.wake)
    }
  }

  private func spawn(_ id: UInt64) async {
    guard let slot = slots[id] else { return }
    lastIncarnation += 1
    slots[id]?.incarnation = lastIncarnation
    do {
      let executable = try slot.package.open()
      defer { close(executable) }
      try await start(id, executable, incarnation: lastIncarnation)
    } catch {
      await obey(id) { $0.spawnFailed("\(error)", now: $1, random: .random(in: 0...1)) }
    }
  }

  private func start(_ id: UInt64, _ executable: CInt, incarnation: UInt64) async throws {
    var plugin: [CInt] = []
    var own: [CInt] = []
    defer { for descriptor in plugin { close(descriptor) } }
    for _ in 0...loops {
      let pair = try Descriptors.socketPair()
      own.append(pair.own)
      plugin.append(pair.other)
    }
    let output = try Descriptors.pipe()
    let errors = try Descriptors.pipe()
    plugin += [output.write, errors.write]
    slots[id]?.descriptors = Array(own.dropFirst())
    let report = report
    let handler = NIOLoopBoundBox.makeBoxSendingValue(
      ControlHandler { report.yield(.control(slot: id, incarnation: incarnation, $0)) },
      eventLoop: group.any())
    slots[id]?.channel = try await ClientBootstrap(group: handler.eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(handler.value)
        }
      }
      .withConnectedSocket(own[0]).get()
    for pipe in [output.read, errors.read] {
      _ = try await NIOPipeBootstrap(group: group)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
              LogLineHandler { report.yield(.line(slot: id, $0)) })
          }
        }
        .takingOwnershipOfDescriptor(input: pipe).get()
    }
    guard let slot = slots[id] else { return }
    let problem = spawner.spawn(
      id: id, name: slot.package.name, executable: executable, output: output.write,
      error: errors.write, sockets: Array(plugin.prefix(loops + 1)))
    if let problem { throw InstalledPackage.Unusable(description: problem) }
  }

  private func greet(_ id: UInt64) {
    guard let slot = slots[id] else { return }
    send(
      .hello(
        ControlMessage.Hello(
          versions: ControlConnection.versions, host: "patchbay",
          incarnation: slot.incarnation, dataConnections: UInt32(loops),
          limits: ConnectionLimits())), to: id)
  }

  private func sendConfiguration(to id: UInt64) {
    guard let configuration, let slot = slots[id] else { return }
    send(
      .configure(
        ControlMessage.Configure(
          generation: configuration.generation, isDryRun: configuration.isDryRun,
          instances: configuration.instances[slot.package.name] ?? [],
          oldestGeneration: configuration.generation)), to: id)
  }

  private func publish(_ id: UInt64) async {
    guard let slot = slots[id], let ready = slot.ready else { return }
    slots[id]?.descriptors = []
    await observer.processReady(
      ProcessHandle(
        plugin: slot.package.name, incarnation: slot.incarnation, limits: ready.limits,
        descriptors: slot.descriptors))
  }

  private func send(_ message: ControlMessage, to id: UInt64) {
    guard slots[id]?.control.send(message) == true, let channel = slots[id]?.channel else { return }
    channel.writeAndFlush(ByteBuffer(bytes: message.frame()), promise: nil)
  }
}

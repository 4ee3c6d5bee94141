// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import NIOCore
import NIOPosix
import PluginProtocol

// What the machines want done.
extension ProcessSupervisor {
  /// Tells a machine what happened, and does what it says.
  func obey(
    _ id: UInt64,
    _ event: (inout SupervisorMachine, UInt64) -> [SupervisorMachine.Action]
  ) async {
    guard var machine = slots[id]?.machine else { return }
    let before = machine.state
    let actions = event(&machine, now)
    slots[id]?.machine = machine
    if machine.state != before { logTransition(id, machine) }
    for action in actions { await obey(action, id) }
    guard let slot = slots[id] else { return }
    if slot.isSurplus, slot.machine.state == .stopped { slots[id] = nil }
    await checkAvailability(of: slot.release)
  }

  private func logTransition(_ id: UInt64, _ machine: SupervisorMachine) {
    var metadata = origin(id)
    metadata["state"] = "\(machine.state.rawValue)"
    metadata["reason"] = "\(machine.reason)"
    if !machine.next.isEmpty { metadata["next"] = "\(machine.next)" }
    let level: Logger.Level =
      switch machine.state {
      case .degraded, .backoff, .quarantined, .incompatible: .warning
      case .starting, .handshaking, .configuring, .ready, .draining, .stopped: .debug
      }
    logger.log(level: level, "plugin process", metadata: metadata)
  }

  private func obey(_ action: SupervisorMachine.Action, _ id: UInt64) async {
    guard let slot = slots[id] else { return }
    switch action {
    case .spawn:
      starts[slot.package.name, default: 0] += 1
      if slot.machine.restarts > 0 { restarts[slot.package.name, default: 0] += 1 }
      report.yield(.spawn(slot: id))
    case .greet: greet(slot)
    case .configure: await sendConfiguration(to: id)
    case .publish: await publish(slot)
    case .withdraw:
      await observer.processDraining(plugin: slot.package.name, incarnation: slot.incarnation)
    case .slow(let isSlow):
      await observer.processSlow(
        plugin: slot.package.name, incarnation: slot.incarnation, isSlow: isSlow)
    case .ping: send(.ping(nonce: now), to: id)
    case .drain(let milliseconds):
      guard slot.asked == nil else {
        slots[id]?.waitingDrain = milliseconds
        return
      }
      send(.drain(deadlineMilliseconds: milliseconds), to: id)
    case .kill:
      // What a developer has started is left alone: it ends with its connections.
      if slot.machine.isAttached { return slot.channel?.close(promise: nil) ?? () }
      spawner.kill(id: slot.incarnation, signal: SIGKILL)
    case .discard: slots[id]?.discard()
    case .wake(let time): wake(at: time)
    }
  }

  private func wake(at time: UInt64) {
    let wait = time > now ? time - now : 0
    tell(.wake, in: .nanoseconds(Int64(clamping: wait)))
  }

  private func greet(_ slot: ProcessSlot) {
    send(
      .hello(
        ControlMessage.Hello(
          versions: ControlConnection.versions, host: "patchbay",
          incarnation: slot.incarnation, dataConnections: UInt32(loops),
          limits: ConnectionLimits())), to: slot.id)
  }

  private func publish(_ slot: ProcessSlot) async {
    guard let ready = slot.ready, let pid = slot.pid else { return }
    slots[slot.id]?.descriptors = []
    endPatience(slot.id)
    let handle = ProcessHandle(
      plugin: slot.package.name, version: slot.package.version, release: slot.release,
      stateVersion: ready.manifest.stateVersion, pid: pid, incarnation: slot.incarnation,
      limits: ready.limits, descriptors: slot.descriptors)
    do {
      try await observer.processReady(handle)
    } catch {
      logger.error(
        "a plugin process could not be connected",
        metadata: ["plugin": "\(handle.plugin)", "error": "\(error)"])
      await obey(slot.id) { $0.failed("could not be connected", now: $1) }
    }
  }

  /// The process runs like any other from here on.
  func endPatience(_ id: UInt64) {
    guard let slot = slots[id], slot.isPatient, let pid = slot.pid else { return }
    slots[id]?.isPatient = false
    Spawner.hurry(pid)
  }

  func send(_ message: ControlMessage, to id: UInt64) {
    guard slots[id]?.control.send(message) == true, let channel = slots[id]?.channel else { return }
    channel.writeAndFlush(ByteBuffer(bytes: message.frame()), promise: nil)
  }
}

// MARK: - Starting a process

extension ProcessSupervisor {
  /// Verifies the executable of a slot and asks the spawner to start it.
  func spawn(_ id: UInt64) async {
    guard let package = slots[id]?.package else { return }
    lastIncarnation += 1
    let incarnation = lastIncarnation
    slots[id]?.begin(incarnation)
    do {
      if let peer = slots[id]?.attachment { return try await connect(id, incarnation, peer) }
      let executable = try await package.verified()
      let descriptors = try ProcessDescriptors(executable: executable, loops: loops)
      try await start(id, incarnation, descriptors)
    } catch {
      await obey(id) { $0.spawnFailed("\(error)", now: $1, random: .random(in: 0...1)) }
      notify()
    }
  }

  private func start(
    _ id: UInt64, _ incarnation: UInt64, _ descriptors: consuming ProcessDescriptors
  ) async throws {
    let report = report
    let channel = try await connect(descriptors.takeControl()) {
      report.yield(.control(incarnation: incarnation, $0))
    }
    slots[id]?.channel = channel
    slots[id]?.openPipes = 2
    for pipe in [descriptors.takeOutput(), descriptors.takeErrors()] {
      let channel = try await watch(pipe) { report.yield(.log(incarnation: incarnation, $0)) }
      slots[id]?.pipes.append(channel)
    }
    guard slots[id]?.machine.awaitsSpawn == true else { throw SpawnProblem("not wanted") }
    slots[id]?.descriptors = descriptors.takeData()
    guard let slot = slots[id] else { return }
    let package = slot.package
    let sandbox = releases[slot.release]?.sandbox ?? sandbox
    if let problem = sandbox.problem(of: package) { throw SpawnProblem(problem) }
    // What is only being tried takes nothing from those that serve; somebody waits for any other.
    let isPatient = releases[slot.release]?.role == .candidate
    slots[id]?.isPatient = isPatient
    let problem = spawner.spawn(
      id: incarnation, name: package.name, sandbox: sandbox.sandbox(for: package),
      executable: descriptors.executable,
      output: descriptors.pluginOutput, error: descriptors.pluginErrors,
      sockets: descriptors.pluginSockets, patiently: isPatient)
    if let problem { throw SpawnProblem(problem) }
  }

  func connect(
    _ socket: CInt, _ report: @escaping @Sendable (ControlHandler.Event) -> Void
  ) async throws -> any Channel {
    try await ClientBootstrap(group: group)
      .channelOption(.autoRead, value: false)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ControlHandler(report))
        }
      }
      .withConnectedSocket(socket).get()
  }

  private func watch(
    _ pipe: CInt, _ report: @escaping @Sendable (LogLineHandler.Event) -> Void
  ) async throws -> any Channel {
    try await NIOPipeBootstrap(group: group)
      .channelOption(.autoRead, value: false)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(LogLineHandler(report))
        }
      }
      .takingOwnershipOfDescriptor(input: pipe).get()
  }

  struct SpawnProblem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }
}

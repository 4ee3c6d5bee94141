// SPDX-License-Identifier: Apache-2.0

package import Logging
import NIOCore
import PluginProtocol

// What happens to processes, told to their machines.
extension ProcessSupervisor {
  /// How long the log pipes of a process that ended are read: what it started may hold them open.
  private static let pipePatience = TimeAmount.milliseconds(200)

  func handle(_ event: Event) async {
    switch event {
    case .spawn: preconditionFailure("spawns run beside the events")
    case .spawner(let report): await handle(report)
    case .control(let incarnation, let event):
      guard let id = slot(of: incarnation) else { return }
      await handle(event, id)
    case .log(let incarnation, let event):
      guard let id = slot(of: incarnation) else { return }
      await handle(event, id)
    case .pipesOverdue(let incarnation):
      guard let id = slot(of: incarnation) else { return }
      await finishExit(id)
    case .isDisconnected(let incarnation):
      guard let id = slot(of: incarnation) else { return }
      await obey(id) { $0.disconnected(now: $1) }
    case .patienceOver(let incarnation):
      guard let id = slot(of: incarnation) else { return }
      endPatience(id)
    case .forgiven(let incarnation):
      let slot = slots.values.first {
        $0.incarnation == incarnation || $0.formerIncarnations.contains(incarnation)
      }
      guard let slot else { return }
      await obey(slot.id) { $0.forgiven(now: $1) }
    case .answerOverdue(let incarnation, let question):
      guard let id = slot(of: incarnation) else { return }
      await answerOverdue(id, question)
    case .retire(let release, let nanoseconds):
      for slot in processes(of: release) {
        await obey(slot.id) { $0.drain(within: nanoseconds, now: $1) }
      }
    case .shutDown(let nanoseconds):
      isShuttingDown = true
      for id in slots.keys.sorted() {
        await obey(id) { $0.drain(within: nanoseconds, now: $1) }
      }
    case .wake:
      for id in slots.keys.sorted() { await obey(id) { $0.timePassed(now: $1) } }
    case .ping:
      // One that checks a configuration may take longer for it than for the answer to a ping.
      for id in slots.keys.sorted() {
        guard let slot = slots[id], slot.asked == nil else { continue }
        let isComputing = slot.machine.isLate && slot.pid.map(ProcessStatus.isComputing) == true
        await obey(id) { $0.pingDue(now: $1, isComputing: isComputing) }
      }
    }
    notify()
  }

  /// The slot whose process this is; nil when it is a former one.
  func slot(of incarnation: UInt64) -> UInt64? {
    slots.values.first { $0.incarnation == incarnation }?.id
  }

  private func handle(_ report: Spawner.Report) async {
    switch report {
    case .started(let incarnation, let pid, let sandbox):
      guard let id = slot(of: incarnation) else { return }
      slots[id]?.pid = pid
      slots[id]?.sandbox = sandbox
      logSandbox(sandbox, id)
      if slots[id]?.isPatient == true {
        tell(
          .patienceOver(incarnation: incarnation), in: .nanoseconds(Int64(timing.patience)))
      }
      await obey(id) { $0.started(now: $1) }
    case .failed(let incarnation, let reason):
      guard let id = slot(of: incarnation) else { return }
      await obey(id) { $0.spawnFailed(reason, now: $1, random: .random(in: 0...1)) }
    case .exited(let incarnation, let exit):
      guard let id = slot(of: incarnation) else { return }
      slots[id]?.end = exit
      if exit.isKill, let slot = slots[id], slot.machine.killReason == nil {
        await observer.processKilledByOthers(
          plugin: slot.package.name, incarnation: incarnation)
      }
      guard slots[id]?.openPipes != 0 else { return await finishExit(id) }
      // Its last words may say why: they are read first.
      tell(.pipesOverdue(incarnation: incarnation), in: Self.pipePatience)
    case .paused(let incarnation):
      guard let id = slot(of: incarnation) else { return }
      await obey(id) { $0.paused(now: $1) }
    case .resumed(let incarnation):
      guard let id = slot(of: incarnation) else { return }
      await obey(id) { $0.resumed(now: $1) }
    case .lost:
      logger.critical("the spawner is gone: plugins can no longer be started")
      for id in slots.keys.sorted() {
        await obey(id) { $0.exited("the spawner is gone", now: $1, random: .random(in: 0...1)) }
      }
    }
  }

  private func logSandbox(_ sandbox: SandboxReport, _ id: UInt64) {
    let lacking = sandbox.missing.filter(\.isNeeded)
    guard !lacking.isEmpty else { return }
    var metadata = origin(id)
    metadata["missing"] = "\(lacking.map(\.rawValue).joined(separator: ", "))"
    logger.warning("this machine has no full sandbox for the plugin", metadata: metadata)
  }

  private func finishExit(_ id: UInt64) async {
    guard let exit = slots[id]?.end else { return }
    slots[id]?.end = nil
    var metadata = origin(id)
    metadata["cpu_us"] = "\(exit.cpuMicroseconds)"
    metadata["max_rss_kb"] = "\(exit.maximumKilobytes)"
    if let reason = slots[id]?.machine.killReason { metadata["reason"] = "\(reason)" }
    logger.log(
      level: exit.isClean ? .debug : .warning, "plugin process \(exit)", metadata: metadata)
    await obey(id) {
      $0.exited("\(exit)", isKill: exit.isKill, now: $1, random: .random(in: 0...1))
    }
  }

  private func handle(_ event: ControlHandler.Event, _ id: UInt64) async {
    switch event {
    case .wantsRead: slots[id]?.channel?.read()
    case .violation(let violation): await violated(id, violation)
    case .closed: await detached(id)
    case .message(let message):
      guard let meaning = slots[id]?.control.received(message) else { return }
      await handle(meaning, id)
    }
  }

  private func handle(_ meaning: ControlConnection.OnMessage, _ id: UInt64) async {
    switch meaning {
    case .ready(let ready): await handle(ready, id)
    case .configured(let configured): await handle(configured, id)
    case .ping(let nonce):
      guard slots[id]?.channel?.isWritable == true else {
        return await obey(id) { $0.failed("does not read what it is sent", now: $1) }
      }
      send(.pong(nonce: nonce, inFlight: 0), to: id)
    case .pong: await obey(id) { $0.ponged(now: $1) }
    case .drained, .late: return  // its exit follows
    case .failed(let failure):
      let hint = failure.hint.isEmpty ? "" : "; \(failure.hint)"
      await obey(id) {
        failure.code == "version-mismatch"
          ? $0.incompatible(failure.message + hint, now: $1)
          : $0.failed("\(failure.code): \(failure.message)\(hint)", now: $1)
      }
    case .log(let line): log([line.message], level: .init(protocolLevel: line.level), id)
    case .violation(let violation): await violated(id, violation)
    case .greeted, .incompatible, .configure, .drain: return  // the plugin's end of the machine
    }
  }

  private func violated(_ id: UInt64, _ violation: ProtocolViolation) async {
    await obey(id) { $0.failed("broke the protocol: \(violation.rawValue)", now: $1) }
  }

  private func handle(_ ready: ControlMessage.Ready, _ id: UInt64) async {
    guard let package = slots[id]?.package else { return }
    let manifest = ready.manifest
    let isAttached = slots[id]?.machine.isAttached == true
    guard manifest.name == package.name, isAttached || manifest.version == package.version else {
      return await obey(id) {
        $0.incompatible(
          "it is \(manifest.name) \(manifest.version), installed as \(package.name) "
            + "\(package.version); install it again", now: $1)
      }
    }
    slots[id]?.ready = ready
    await obey(id) { $0.greeted(now: $1) }
  }

  private func handle(_ event: LogLineHandler.Event, _ id: UInt64) async {
    switch event {
    case .lines(let lines): log(lines, level: .info, id)
    case .dropped(let count): slots[id]?.logBudget.dropped(count)
    case .ended:
      guard let open = slots[id]?.openPipes, open > 0 else { return }
      slots[id]?.openPipes = open - 1
      if open == 1 { await finishExit(id) }
    }
  }

  private func log(_ lines: [String], level: Logger.Level, _ id: UInt64) {
    for line in lines {
      slots[id]?.keep(line)
      guard case .log(let dropped) = slots[id]?.logBudget.admit(now: now) else { continue }
      if dropped > 0 {
        logger.warning("\(dropped) lines of the plugin were dropped", metadata: origin(id))
      }
      logger.log(level: level, "\(line)", metadata: origin(id))
    }
  }

  func origin(_ id: UInt64) -> Logger.Metadata {
    guard let slot = slots[id] else { return [:] }
    return ["plugin": "\(slot.package.name)", "pid": "\(slot.pid ?? 0)"]
  }
}

extension Logger.Level {
  /// The level of a plugin's log line, by the protocol's number.
  package init(protocolLevel: UInt32) {
    switch protocolLevel {
    case 1: self = .trace
    case 2: self = .debug
    case 4: self = .warning
    case 5: self = .error
    default: self = .info
    }
  }
}

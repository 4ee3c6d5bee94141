// SPDX-License-Identifier: Apache-2.0

import NIOCore
package import PluginProtocol

// Releases are configured: before they serve, and anew while they do.
extension ProcessSupervisor {
  /// Processes that may die of a question about a configuration, one after the other.
  private static let deathLimit = 3

  /// Configures the processes of a release, now and whenever one is started, in this generation beside those before it.
  ///
  /// A dry run asks one process, and leaves all as they are. What counts is given to all: it returns when every one that
  /// takes calls has it. A process that serves and refuses keeps what it had.
  ///
  /// - Throws: ``StartProblem`` when none gave an answer that can be used. Diagnostics are part of an answer.
  package func configure(
    _ release: UInt64, generation: UInt64, isDryRun: Bool,
    _ instances: [ControlMessage.Configure.Instance]
  ) async throws(StartProblem) -> ControlMessage.Configured {
    let configuration = ReleaseState.Configuration(generation: generation, instances: instances)
    return isDryRun
      ? try await ask(release, about: configuration)
      : try await give(release, configuration)
  }

  /// The generation was not accepted as a whole: it counts no more.
  package func withdraw(generation: UInt64, of release: UInt64) {
    releases[release]?.configurations.removeAll { $0.generation == generation }
  }

  /// No exchange is in the generation any more: processes that are started now need not know it.
  package func forget(generation: UInt64) {
    for id in releases.keys where releases[id]?.configurations.last?.generation != generation {
      withdraw(generation: generation, of: id)
    }
  }

  /// Whether processes of the release take calls, or will soon.
  package func isHopeful(_ release: UInt64) -> Bool {
    processes(of: release).contains { $0.machine.isHopeful }
  }

  // MARK: - A dry run

  private func ask(
    _ release: UInt64, about question: ReleaseState.Configuration
  ) async throws(StartProblem) -> ControlMessage.Configured {
    releases[release]?.question = question
    defer { releases[release]?.question = nil }
    var deaths = 0
    while true {
      let own = processes(of: release)
      let serves = releases[release]?.configurations.isEmpty == false
      guard !isOver, own.contains(where: { serves ? $0.machine.isHopeful : !$0.isHopeless })
      else { throw problem(release, own.first { !$0.machine.state.takesCalls } ?? own.first) }
      guard let slot = own.first(where: { canBeAsked($0, serves: serves) }) else {
        await change()
        continue
      }
      slots[slot.id]?.answer = nil
      await send(question, isDryRun: true, to: slot.id)
      while let now = slots[slot.id], now.incarnation == slot.incarnation, now.asked != nil {
        await change()
      }
      if let now = slots[slot.id], now.incarnation == slot.incarnation, let answer = now.answer {
        return answer
      }
      deaths += 1
      // What it died of is not what serves: it is not held against it.
      await obey(slot.id) { $0.forgiven(now: $1) }
      if deaths == Self.deathLimit { throw problem(release, slots[slot.id]) }
    }
  }

  private func canBeAsked(_ slot: ProcessSlot, serves: Bool) -> Bool {
    guard slot.asked == nil, slot.ready != nil, slot.machine.killReason == nil else { return false }
    return serves ? slot.machine.state.takesCalls : slot.machine.state == .configuring
  }

  // MARK: - What counts

  private func give(
    _ release: UInt64, _ configuration: ReleaseState.Configuration
  ) async throws(StartProblem) -> ControlMessage.Configured {
    let generation = configuration.generation
    let isFirst = releases[release]?.configurations.isEmpty == true
    releases[release]?.configurations.append(configuration)
    for slot in processes(of: release) { await sendConfiguration(to: slot.id) }
    while true {
      let state = releases[release]?.configurations.first { $0.generation == generation }
      if let refusal = state?.refusal {
        withdraw(generation: generation, of: release)
        return refusal
      }
      let own = processes(of: release)
      if let accepted = state?.accepted,
        own.allSatisfy({ !$0.machine.state.takesCalls || $0.generation >= generation })
      {
        return accepted
      }
      let isHopeless =
        isFirst ? own.allSatisfy(\.isHopeless) : !own.contains { $0.machine.isHopeful }
      if isOver || state == nil || isHopeless {
        withdraw(generation: generation, of: release)
        throw problem(release, own.first)
      }
      await change()
    }
  }

  /// Sends the next generation that the process does not have, if there is one.
  func sendConfiguration(to id: UInt64) async {
    guard let slot = slots[id], slot.ready != nil, slot.asked == nil,
      slot.machine.state == .configuring || slot.machine.state.takesCalls,
      let next = releases[slot.release]?.configurations
        .first(where: { $0.generation > slot.generation })
    else { return }
    await send(next, isDryRun: false, to: id)
  }

  private func send(
    _ configuration: ReleaseState.Configuration, isDryRun: Bool, to id: UInt64
  ) async {
    guard let slot = slots[id], let release = releases[slot.release] else { return }
    let live = release.configurations.map(\.generation)
    slots[id]?.asked = .init(generation: configuration.generation, isDryRun: isDryRun)
    slots[id]?.questions += 1
    send(
      .configure(
        ControlMessage.Configure(
          generation: configuration.generation, isDryRun: isDryRun,
          instances: configuration.instances,
          oldestGeneration: live.first ?? configuration.generation, liveGenerations: live)), to: id)
    await obey(id) { $0.configurationSent(now: $1) }
    guard slot.machine.state.takesCalls else { return }
    tell(
      .answerOverdue(incarnation: slot.incarnation, question: slot.questions + 1),
      in: .nanoseconds(Int64(clamping: timing.configure)))
  }

  /// A process that serves takes too long to answer. (Of one that does not serve yet the machine sees to it.)
  func answerOverdue(_ id: UInt64, _ question: Int) async {
    guard let slot = slots[id], slot.asked != nil, slot.questions == question else { return }
    await obey(id) { $0.failed("did not answer the configuration in time", now: $1) }
  }

  // MARK: - Answers

  func handle(_ configured: ControlMessage.Configured, _ id: UInt64) async {
    guard let slot = slots[id], let ready = slot.ready, let asked = slot.asked else { return }
    slots[id]?.asked = nil
    if let drain = slot.waitingDrain {
      slots[id]?.waitingDrain = nil
      return send(.drain(deadlineMilliseconds: drain), to: id)
    }
    if asked.isDryRun {
      if let question = releases[slot.release]?.question,
        question.generation == asked.generation
      {
        if let problem = configured.problem(asked: question.instances, of: ready.manifest) {
          return await failed(id, problem)
        }
        slots[id]?.answer = configured
        await obey(id) { $0.checked(now: $1) }
      }
    } else if let configuration = releases[slot.release]?.configurations
      .first(where: { $0.generation == asked.generation })
    {
      guard await accept(configured, to: configuration, of: ready, id) else { return }
    }
    // What counts may have come while it was asked about a dry run, and a process that was started has all to learn.
    await sendConfiguration(to: id)
    guard let slot = slots[id], slot.asked == nil, slot.generation > 0 else { return }
    await obey(id) { $0.configured(now: $1) }
  }

  /// False: the process is not to go on.
  private func accept(
    _ configured: ControlMessage.Configured, to configuration: ReleaseState.Configuration,
    of ready: ControlMessage.Ready, _ id: UInt64
  ) async -> Bool {
    guard let slot = slots[id] else { return false }
    let problem = configured.problem(asked: configuration.instances, of: ready.manifest)
    if let problem {
      await failed(id, problem)
      return false
    }
    if configured.isRefusal {
      update(configuration, of: slot) { $0.refusal = configured }
      if !slot.machine.state.takesCalls {
        await obey(id) { $0.incompatible("refused the configuration", now: $1) }
      }
      return false
    }
    if let accepted = configuration.accepted, !accepted.agrees(with: configured) {
      await failed(id, "wants something else than another process did of the same configuration")
      return false
    }
    update(configuration, of: slot) { $0.accepted = $0.accepted ?? configured }
    slots[id]?.generation = configuration.generation
    return true
  }

  private func update(
    _ configuration: ReleaseState.Configuration, of slot: ProcessSlot,
    _ change: (inout ReleaseState.Configuration) -> Void
  ) {
    guard
      let index = releases[slot.release]?.configurations
        .firstIndex(where: { $0.generation == configuration.generation })
    else { return }
    change(&releases[slot.release]!.configurations[index])
  }

  /// Its answer cannot be used. One that has served is started again; another one would never serve.
  private func failed(_ id: UInt64, _ problem: String) async {
    let serves = slots[id]?.machine.state.takesCalls == true
    await obey(id) {
      serves ? $0.failed(problem, now: $1) : $0.incompatible(problem, now: $1)
    }
  }
}

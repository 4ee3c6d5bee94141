// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostProcesses
import Logging
import PluginProtocol

// One configuration takes over from another one while traffic flows.
extension ControlPlane {
  /// Reads a configuration and lets it take over; returns the number of its generation.
  ///
  /// Exchanges that are under way end with the one that they began with. One configuration at a time: a second one waits.
  ///
  /// - Parameter environment: the value of an environment variable.
  /// - Throws: ``GatewayConfiguration/Invalid`` with everything that is wrong, as `patchbay check` finds it; then what
  ///   served before serves on.
  @concurrent package nonisolated func reload(
    _ text: String, environment: @Sendable (String) -> String?
  ) async throws -> UInt64 {
    do {
      return try await take(try GatewayConfiguration.parse(text, environment: environment))
    } catch let invalid as GatewayConfiguration.Invalid {
      guard let readable = invalid.readable else { throw invalid }
      return try await take(readable, knowing: invalid.errors)
    }
  }

  /// Has all plugins check a configuration and, unless it is a dry run or anything is wrong with it, lets it take over.
  @discardableResult
  func take(
    _ configuration: GatewayConfiguration, knowing errors: [ConfigurationError] = [],
    isDryRun: Bool = false
  ) async throws -> UInt64 {
    await beginTaking()
    defer { endTaking() }
    var proposal = Proposal(generation: Generation(lastGeneration + 1, configuration))
    proposal.errors = errors
    if !generations.isEmpty {
      proposal.errors += configuration.errors(needingRestartSince: launched)
    }
    do {
      try await check(&proposal, isDryRun: isDryRun)
      if isDryRun { return proposal.generation.number }
      lastGeneration = proposal.generation.number
      try await accept(&proposal)
      try await adopt(proposal)
    } catch {
      await giveUp(proposal)
      throw error
    }
    return proposal.generation.number
  }

  // MARK: - What plugins say

  /// Starts what is not there yet and has all check the configuration, which counts for nobody so far.
  private func check(_ proposal: inout Proposal, isDryRun: Bool) async throws {
    readCertificates(&proposal)
    let packages = installed(&proposal)
    let transition = await transition(to: proposal, packages)
    let names = transition.started.filter { !pools.contains($0) }
    pools += names
    try await prepareServers()
    for plugin in transition.kept {
      if let release = running[plugin] {
        proposal.candidates.append(.init(part: .kept, release: release))
      }
    }
    if let canary,
      transition.kept.contains(canary.release.plugin)
        || transition.replaced.contains(canary.release.plugin)
    {
      proposal.candidates.append(.init(part: .canary, release: canary.release))
    }
    let parts =
      transition.started.map { ($0, Proposal.Candidate.Part.started) }
      + transition.replaced.map { ($0, .replacing) }
    await start(parts, packages, &proposal, isDryRun: isDryRun)
    await ask(&proposal, isDryRun: true)
    do {
      _ = try snapshot(proposal.generation, proposal.releases, with: nil)
      if let canary = proposal.canary {
        _ = try snapshot(proposal.generation, proposal.releases, with: canary)
      }
    } catch let invalid as GatewayConfiguration.Invalid {
      proposal.errors += invalid.errors
    }
    if let invalid = proposal.invalid { throw invalid }
  }

  /// The packages of its plugins, as far as they may run.
  private func installed(_ proposal: inout Proposal) -> [String: InstalledPackage] {
    let generation = proposal.generation
    let sandbox = SandboxPolicy(generation.configuration.settings)
    var packages: [String: InstalledPackage] = [:]
    for plugin in generation.plugins {
      do {
        let package =
          try running[plugin]?.package ?? InstalledPackage.newest(plugin, in: directory)
        if let problem = sandbox.problem(of: package) {
          proposal.errors.append(generation.error(of: plugin, problem))
        } else {
          packages[plugin] = package
        }
      } catch {
        proposal.errors.append(generation.error(of: plugin, "\(error)"))
      }
    }
    return packages
  }

  private func transition(
    to proposal: Proposal, _ packages: [String: InstalledPackage]
  ) async -> PluginTransition {
    let sandbox = SandboxPolicy(proposal.generation.configuration.settings)
    var hopeless: Set<String> = []
    for (plugin, release) in running where packages[plugin] != nil {
      if await !supervisor.isHopeful(release.id) { hopeless.insert(plugin) }
    }
    return PluginTransition(
      running: running.mapValues(\.sandbox),
      wanted: packages.mapValues { sandbox.sandbox(for: $0) },
      hopeless: hopeless)
  }

  private func prepareServers() async throws {
    let supervisor = supervisor
    try await gateway?.prepare(
      plugins: pools,
      PluginReports(
        connectionLost: { supervisor.connectionLost(incarnation: $0, isMissed: $1) },
        violated: { supervisor.violated(incarnation: $0, $1) },
        condemned: { supervisor.forgive(incarnations: $0) }))
  }

  /// Starts processes, all side by side, and waits until they have said who they are.
  private func start(
    _ plugins: [(name: String, part: Proposal.Candidate.Part)],
    _ packages: [String: InstalledPackage], _ proposal: inout Proposal, isDryRun: Bool
  ) async {
    let settings = proposal.generation.configuration.settings
    let sandbox = SandboxPolicy(settings)
    let role: ReleaseRole = generations.isEmpty ? .stable : .candidate
    var started: [(id: UInt64, package: InstalledPackage, part: Proposal.Candidate.Part)] = []
    for (plugin, part) in plugins {
      guard let package = packages[plugin] else { continue }
      var count = isDryRun ? 1 : processCount(of: plugin, settings)
      if let release = running[plugin], settings.processes[plugin]?.instances == .auto {
        count = max(1, await supervisor.processCount(of: release.id))
      }
      let id = await supervisor.start(package, processes: count, role: role, sandbox: sandbox)
      started.append((id, package, part))
    }
    for (id, package, part) in started {
      do {
        let manifest = try await supervisor.manifest(of: id)
        let release = RunningRelease(
          id: id, package: package, manifest: manifest, sandbox: sandbox.sandbox(for: package))
        proposal.candidates.append(.init(part: part, release: release))
      } catch {
        proposal.errors.append(self.error(of: error, in: proposal.generation))
        await retire(id, of: package.name, within: .zero)
      }
    }
  }

  /// Asks all at once, and waits for their answers.
  private func ask(_ proposal: inout Proposal, isDryRun: Bool) async {
    for index in proposal.candidates.indices {
      proposal.candidates[index].instances =
        proposal.generation.instances(of: proposal.candidates[index].release.manifest)
    }
    let generation = proposal.generation.number
    let answers = await withTaskGroup(of: Answer.self) { group in
      for (index, candidate) in proposal.candidates.enumerated() {
        group.addTask { [supervisor] in
          await Answer(index, of: candidate, to: generation, isDryRun: isDryRun, supervisor)
        }
      }
      var answers: [Answer] = []
      for await answer in group { answers.append(answer) }
      return answers
    }
    for answer in answers {
      if let problem = answer.problem {
        proposal.errors.append(error(of: problem, in: proposal.generation))
      }
      proposal.candidates[answer.index].answer = answer.answer
      proposal.errors += errors(of: proposal.candidates[answer.index], in: proposal.generation)
    }
  }

  /// What a candidate says of a configuration.
  private struct Answer: Sendable {
    let index: Int
    private(set) var answer: ControlMessage.Configured?
    private(set) var problem: StartProblem?

    init(
      _ index: Int, of candidate: Proposal.Candidate, to generation: UInt64, isDryRun: Bool,
      _ supervisor: ProcessSupervisor
    ) async {
      self.index = index
      do {
        answer = try await supervisor.configure(
          candidate.release.id, generation: generation, isDryRun: isDryRun, candidate.instances)
      } catch {
        problem = error
      }
    }
  }

  private func errors(
    of candidate: Proposal.Candidate, in generation: Generation
  ) -> [ConfigurationError] {
    guard let answer = candidate.answer else { return [] }
    var errors = generation.errors(in: answer)
    if case .canary = candidate.part {
      for index in errors.indices {
        errors[index].message += " (says the canary \(candidate.release.package.version))"
      }
    }
    return errors
  }

  private func error(of problem: StartProblem, in generation: Generation) -> ConfigurationError {
    switch problem {
    case .plugin(let name, let reason):
      generation.error(of: name, "plugin '\(name)' does not work: \(reason)")
    }
  }

  // MARK: - What counts

  /// Gives the configuration to all who checked it, beside those that they have.
  private func accept(_ proposal: inout Proposal) async throws {
    for (index, candidate) in proposal.candidates.enumerated() {
      guard case .replacing = candidate.part else { continue }
      // Exchanges that are under way move to it, if it can take them.
      proposal.candidates[index].release = try await withFormer(candidate.release)
    }
    await ask(&proposal, isDryRun: false)
    for candidate in proposal.candidates where candidate.isNew && candidate.answer != nil {
      do {
        try await supervisor.ready(candidate.release.id, processes: 1)
      } catch {
        proposal.errors.append(self.error(of: error, in: proposal.generation))
      }
    }
    if let invalid = proposal.invalid { throw invalid }
  }

  /// Nothing of the configuration counts.
  private func giveUp(_ proposal: Proposal) async {
    for candidate in proposal.candidates {
      if candidate.isNew {
        await retire(candidate.release.id, of: candidate.release.plugin, within: .zero)
      } else {
        await supervisor.withdraw(
          generation: proposal.generation.number, of: candidate.release.id)
      }
    }
  }
}

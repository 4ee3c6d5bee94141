// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostProcesses
import Logging
import PluginProtocol

// A configuration that all plugins have accepted takes over, and the one before it ends with its last exchange.
extension ControlPlane {
  /// New exchanges begin with the configuration.
  func adopt(_ proposal: Proposal) async throws {
    let generation = proposal.generation
    let former = generations.last
    let replaced = proposal.candidates.compactMap { candidate in
      if case .replacing = candidate.part { running[candidate.release.plugin] } else { nil }
    }
    await configureAttached(generation)

    if let certificates = proposal.certificates {
      try await gateway?.replaceCertificates(certificates)
    }
    generations.append(generation)
    running.merge(proposal.releases) { $1 }
    letGo(proposal, through: former?.number ?? 0)
    let live = Set(generations.map(\.number))
    updateReleases { $0.accepted.removeAll { !live.contains($0.generation) } }
    for old in replaced { await replace(old, through: former?.number ?? 0) }
    try await adoptTraffic()

    for candidate in proposal.candidates where candidate.isNew {
      await supervisor.setRole(of: candidate.release.id, .stable)
    }
    await resize(generation)
    scaleProcesses()
    watchNewPackages()
    await retireUnused()
    guard let former else { return }
    logger.notice("configuration taken", metadata: ["generation": "\(generation.number)"])
    inBackground { [weak self] in await self?.finish(former.number) }
  }

  /// The processes of developers are given the configuration as well. One that does not take it gets no more exchanges.
  private func configureAttached(_ generation: Generation) async {
    var generation = generation
    for attachment in attachments {
      guard let release = attachment.release, generation.plugins.contains(attachment.plugin) else {
        continue
      }
      let instances = generation.instances(of: release.manifest)
      var refusal: String?
      do {
        let answer = try await supervisor.configure(
          release.id, generation: generation.number, isDryRun: false, instances)
        refusal = generation.errors(in: answer).first?.description
        if refusal == nil,
          let index = attachments.firstIndex(where: { $0.release?.id == release.id })
        {
          attachments[index].release?.accepted.append(
            .init(generation: generation.number, instances: instances, answer: answer))
        }
      } catch {
        refusal = "\(error)"
      }
      guard let refusal else { continue }
      logger.error(
        "an attached process gets no more exchanges: it does not take the new configuration",
        metadata: ["plugin": "\(attachment.plugin)", "reason": "\(refusal)"])
      if let index = attachments.firstIndex(where: { $0.release?.id == release.id }) {
        attachments[index].release = nil
        orphans.append(
          Orphan(
            plugin: attachment.plugin, release: release.id, through: generation.number - 1))
      }
    }
  }

  /// What serves beside the plugins' own processes goes on with the configuration, or only with the exchanges that it has.
  private func letGo(_ proposal: Proposal, through former: UInt64) {
    let plugins = proposal.generation.plugins
    if let canary {
      if let release = proposal.canary {
        self.canary?.release = release
        self.canary?.base = running[release.plugin] ?? canary.base
      } else {
        canary.trial.end()
        self.canary = nil
        orphans.append(
          Orphan(plugin: canary.release.plugin, release: canary.release.id, through: former))
      }
    }
    for attachment in attachments where !plugins.contains(attachment.plugin) {
      attachment.socket.close()
      guard let release = attachment.release else { continue }
      orphans.append(Orphan(plugin: release.plugin, release: release.id, through: former))
    }
    attachments.removeAll { !plugins.contains($0.plugin) }
    self.former = self.former.filter { plugins.contains($0.key) }
  }

  /// Other processes have taken the place of a release.
  private func replace(_ old: RunningRelease, through former: UInt64) async {
    guard let new = running[old.plugin] else { return }
    if new.agrees(with: old) {
      await onServers(of: old.plugin) { $0.replace(old.id, by: new.id) }
      await retire(old.id, of: old.plugin, within: drainTime(old.plugin))
    } else {
      orphans.append(Orphan(plugin: old.plugin, release: old.id, through: former))
    }
  }

  private func watchNewPackages() {
    guard fileWatch != nil else { return }
    do {
      try watchPackages()
    } catch {
      logger.error("packages cannot be watched: \(error)")
    }
  }

  private func resize(_ generation: Generation) async {
    let settings = generation.configuration.settings
    for plugin in generation.plugins where settings.processes[plugin]?.instances != .auto {
      guard let release = running[plugin] else { continue }
      await supervisor.resize(
        release.id, to: processCount(of: plugin, settings), within: drainTime(plugin))
    }
  }

  // MARK: - What is over

  /// Waits for the last exchange of a former generation, and lets go of what only it needed.
  private func finish(_ generation: UInt64) async {
    do {
      try await gateway?.ended(generation)
    } catch {
      return  // the event loops are gone
    }
    generations.removeAll { $0.number == generation }
    updateReleases { $0.accepted.removeAll { $0.generation == generation } }
    await supervisor.forget(generation: generation)
    // Who takes a configuration meanwhile may keep one of them, and looks afterwards.
    if !isTaking { await retireUnused() }
  }

  private func retireUnused() async {
    let needed = Set(generations.flatMap(\.plugins))
    let oldest = generations.first?.number ?? 0
    var unneeded = orphans.filter { $0.through < oldest }.map { ($0.plugin, $0.release) }
    unneeded += running.filter { !needed.contains($0.key) }.map { ($0.key, $0.value.id) }
    // All are let go of before the first wait: another configuration may be taken meanwhile, which must not keep one.
    orphans.removeAll { $0.through < oldest }
    running = running.filter { needed.contains($0.key) }
    for (plugin, release) in unneeded {
      await retire(release, of: plugin, within: drainTime(plugin))
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostProcesses
import Logging
import PluginProtocol

// One version of a plugin takes the place of another one while traffic flows.
extension ControlPlane {
  /// How long a version that has taken over is watched, when few calls come.
  private static let trialTime = Duration.seconds(2)
  /// How long a version that was replaced rests before it is told to leave. The end of a process keeps a processor busy for
  /// half a millisecond that nothing interrupts; right after the switch requests would wait for both.
  private static let rest = Duration.milliseconds(30)

  /// Starts a version, has it check the running configuration, and lets it serve: all exchanges, or a share of them.
  ///
  /// It returns when the version serves and its first calls have gone well. Streams that are under way move to it, where it
  /// can read their checkpoints, or end where they are.
  ///
  /// - Parameters:
  ///   - percent: of the exchanges, for a canary.
  ///   - time: after so long a canary is promoted, if it did no worse.
  /// - Throws: ``ChangeRefused``; then what served before serves on.
  package func swap(
    _ plugin: String, to source: PackageSource, canary percent: Double? = nil,
    promoteAfter time: Duration? = nil
  ) async throws(ChangeRefused) -> PluginChange {
    let began = ContinuousClock.now
    let old = try await beginChange(of: plugin)
    defer { endChange(of: plugin) }
    if let percent { try checkCanary(percent) }
    if canary?.release.plugin == plugin {
      throw .conflict("a canary of '\(plugin)' is running: promote it or roll it back first")
    }
    let package = try await package(source, of: plugin)
    guard let percent else {
      return try await replace(old, by: package, action: .swap, since: began) { now, before in
        "\(plugin) \(now) serves; \(before) finishes"
      }
    }
    let new = try await candidate(package, processes: 1)
    try await startCanary(new, beside: old, percent: percent, promoteAfter: time)
    return done(
      PluginChange(
        action: .canary, plugin: plugin, from: old.package.version, to: package.version,
        message: "\(percent.formatted) % of the exchanges go to \(plugin) \(package.version)",
        duration: .now - began))
  }

  /// Ends a canary, or goes back to the version that served before.
  package func rollback(_ plugin: String) async throws(ChangeRefused) -> PluginChange {
    if canary?.release.plugin == plugin {
      return try await endCanary(of: plugin, promote: false, "rolled back by hand")
    }
    let began = ContinuousClock.now
    let old = try await beginChange(of: plugin)
    defer { endChange(of: plugin) }
    guard let package = former[plugin] else {
      throw .conflict("no version of '\(plugin)' has served before \(old.package.version)")
    }
    return try await replace(old, by: package, action: .rollback, since: began) { now, before in
      "\(plugin) is back at \(now); \(before) finishes"
    }
  }

  /// Starts as many processes of the package as serve now, and lets them serve instead.
  private func replace(
    _ old: RunningRelease, by package: InstalledPackage, action: PluginChange.Action,
    since began: ContinuousClock.Instant, _ message: (_ now: String, _ before: String) -> String
  ) async throws(ChangeRefused) -> PluginChange {
    let count = await supervisor.processCount(of: old.id)
    try await replace(old, by: try await candidate(package, processes: max(1, count)))
    former[old.plugin] = old.package
    let (before, now) = (old.package.version, package.version)
    return done(
      PluginChange(
        action: action, plugin: old.plugin, from: before, to: now, message: message(now, before),
        duration: .now - began))
  }

  /// Says in the log what was done.
  func done(_ change: PluginChange) -> PluginChange {
    logger.notice("\(change.message)", metadata: ["plugin": "\(change.plugin)"])
    changes[change.plugin, default: [:]][change.action, default: 0] += 1
    return change
  }

  /// One change of a plugin at a time, and none while a configuration is being taken. Returns what serves.
  func beginChange(of plugin: String) async throws(ChangeRefused) -> RunningRelease {
    await noConfigurationIsTaken()
    guard let release = running[plugin], isConfigured(plugin) else {
      throw .notFound("no plugin '\(plugin)' is in the configuration")
    }
    guard changing.insert(plugin).inserted else {
      throw .conflict("another change of '\(plugin)' is under way")
    }
    precedence?.makeWay()
    return release
  }

  func endChange(of plugin: String) {
    changing.remove(plugin)
    changeEnded()
  }

  private func package(
    _ source: PackageSource, of plugin: String
  ) async throws(ChangeRefused) -> InstalledPackage {
    do {
      switch source {
      case .version(let version):
        return try InstalledPackage.named(plugin, version: version, in: directory)
      case .path(let path):
        let package = try await PackageInstaller.installed(path, into: directory, asking: inspector)
        guard package.name == plugin else {
          throw ChangeRefused.invalid("\(path) is the plugin '\(package.name)', not '\(plugin)'")
        }
        return package
      }
    } catch let refused as ChangeRefused {
      throw refused
    } catch {
      throw .notFound("\(error)")
    }
  }

  /// A release that is ready to serve, and serves nobody yet.
  private func candidate(
    _ package: InstalledPackage, processes: Int
  ) async throws(ChangeRefused) -> RunningRelease {
    let id = await supervisor.start(
      package, processes: processes, role: .candidate, sandbox: sandbox)
    do {
      let manifest = try await supervisor.manifest(of: id)
      let release = try await configure(
        RunningRelease(
          id: id, package: package, manifest: manifest, sandbox: sandbox.sandbox(for: package)))
      try await supervisor.ready(id, processes: processes)
      // What it wants must fit into the chains, before anything is changed.
      _ = try snapshot(with: release)
      return release
    } catch {
      await retire(id, of: package.name, within: .zero)
      if let refused = error as? ChangeRefused { throw refused }
      guard case .plugin(_, let reason)? = error as? StartProblem else {
        throw .conflict("\(error)")
      }
      throw .conflict("\(package.name) \(package.version) does not work: \(reason)")
    }
  }

  /// Lets the new release serve instead of the old one; if its first calls fail, the old one goes on as if nothing had been.
  private func replace(
    _ old: RunningRelease, by new: RunningRelease
  ) async throws(ChangeRefused) {
    let agrees = new.agrees(with: old)
    let trial = Trial(fallback: agrees ? old.id : nil)
    await onServers(of: old.plugin) { server in
      server.announce(new.id, stateVersion: new.manifest.stateVersion, trial: trial)
      if agrees { server.replace(old.id, by: new.id) }
    }
    running[old.plugin] = new
    try await adoptTraffic()
    await supervisor.setRole(of: new.id, .stable)
    let verdict = await trial.verdict(within: Self.trialTime)
    if verdict == .passed {
      await onServers(of: old.plugin) { $0.endTrial(of: new.id) }
      return await retire(
        old.id, of: old.plugin, within: drainTime(old.plugin), after: Self.rest)
    }
    // The trial stays with the servers until the release is forgotten: calls that are still on it have where to go.
    running[old.plugin] = old
    try await adoptTraffic()
    await onServers(of: old.plugin) { server in
      guard agrees else { return }
      server.replace(old.id, by: nil)
      server.replace(new.id, by: old.id)
    }
    await retire(new.id, of: old.plugin, within: drainTime(old.plugin))
    throw .conflict(
      "\(new.plugin) \(new.package.version) failed \(trial.failed) of its first calls and was "
        + "taken back; \(old.package.version) serves")
  }

  /// Lets a release finish, beside everything else. From here on its processes are shown as leaving.
  func retire(
    _ release: UInt64, of plugin: String, within deadline: Duration, after rest: Duration = .zero
  ) async {
    await supervisor.setRole(of: release, .leaving)
    inBackground { [supervisor, precedence, weak self] in
      // When the host itself leaves, the task is cancelled, and nothing rests.
      if rest > .zero { try? await Task.sleep(for: rest) }
      precedence?.makeWay()
      await supervisor.retire(release, within: deadline)
      await self?.onServers(of: plugin) { $0.forget(release) }
    }
  }

  /// How long exchanges may stay with a release that leaves.
  func drainTime(_ plugin: String) -> Duration {
    .milliseconds(configuration.settings.processes[plugin]?.drainTimeout ?? 30_000)
  }

  /// Runs the closure on each worker's processes of a plugin.
  func onServers(
    of plugin: String, _ body: @escaping @Sendable (PluginServer) -> Void
  ) async {
    do {
      try await gateway?.onServers(of: plugin, body)
    } catch {
      logger.debug("the event loops are gone", metadata: ["error": "\(error)"])
    }
  }

  /// New exchanges begin with what is running now.
  func adoptTraffic() async throws(ChangeRefused) {
    do {
      var traffic = Traffic(try snapshot())
      if let canary { traffic.canary = (try snapshot(with: canary.release), canary.percent) }
      for attached in attachments {
        guard let release = attached.release else { continue }
        traffic.attached.append((attached.header, try snapshot(with: release)))
      }
      try await gateway?.adopt(traffic)
    } catch {
      throw .conflict("the configuration cannot be used with this version: \(error)")
    }
  }
}

extension Double {
  /// Without a fraction where there is none.
  fileprivate var formatted: String {
    self == rounded() ? String(Int(self)) : String(self)
  }
}

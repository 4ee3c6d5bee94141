// SPDX-License-Identifier: Apache-2.0

import HostPools
import HostProcesses
import Logging
import PluginProtocol

/// A version that serves a share of the exchanges, beside the one that serves the others.
struct Canary: Sendable {
  var release: RunningRelease
  var base: RunningRelease
  let percent: Double
  let trial: Trial
  /// What the other version had done before.
  let baseTally: CallTally
}

// Canaries: begun by a swap, ended by hand or by the rule.
extension ControlPlane {
  /// The rule: a canary that is promoted by itself may have failed this many more of its calls than the other version, in
  /// percent, and its p99 may be this many times the other one's.
  private static let failureMargin = 1.0
  private static let latencyFactor = 2.0

  func checkCanary(_ percent: Double) throws(ChangeRefused) {
    guard percent > 0, percent < 100 else {
      throw .invalid("canary: a share is more than 0 and less than 100 percent")
    }
    // With two at once nobody could say which of them is the worse.
    if let canary {
      throw .conflict("a canary of '\(canary.release.plugin)' is running: one at a time")
    }
  }

  func startCanary(
    _ new: RunningRelease, beside old: RunningRelease, percent: Double,
    promoteAfter time: Duration?
  ) async throws(ChangeRefused) {
    let trial = Trial(fallback: new.agrees(with: old) ? old.id : nil)
    await onServers(of: old.plugin) {
      $0.announce(new.id, stateVersion: new.manifest.stateVersion, trial: trial)
    }
    canary = Canary(
      release: new, base: old, percent: percent, trial: trial, baseTally: await tally(of: old))
    await supervisor.setRole(of: new.id, .canary(percent: percent))
    try await adoptTraffic()
    inBackground { [weak self] in await self?.watchCanary(new, trial, promoteAfter: time) }
  }

  /// Promotes the canary: it serves all exchanges.
  package func promote(_ plugin: String) async throws(ChangeRefused) -> PluginChange {
    try await endCanary(of: plugin, promote: true, "promoted by hand")
  }

  func endCanary(
    of plugin: String, promote: Bool, _ reason: String
  ) async throws(ChangeRefused) -> PluginChange {
    let began = ContinuousClock.now
    _ = try await beginChange(of: plugin)
    defer { endChange(of: plugin) }
    guard let canary, canary.release.plugin == plugin else {
      throw .conflict("no canary of '\(plugin)' is running")
    }
    self.canary = nil
    canary.trial.end()
    let (winner, loser) =
      promote ? (canary.release, canary.base) : (canary.base, canary.release)
    running[plugin] = winner
    try await adoptTraffic()
    await onServers(of: plugin) { server in
      // One that is given up keeps it until it is forgotten: calls that are still on it have where to go.
      if promote { server.endTrial(of: canary.release.id) }
      if winner.agrees(with: loser) { server.replace(loser.id, by: winner.id) }
    }
    if promote {
      let count = await supervisor.processCount(of: loser.id)
      await supervisor.resize(winner.id, to: count, within: .zero)
      await supervisor.setRole(of: winner.id, .stable)
      former[plugin] = loser.package
    }
    await retire(loser.id, of: plugin, within: drainTime(plugin))
    let (from, to) = (loser.package.version, winner.package.version)
    let version = canary.release.package.version
    return done(
      PluginChange(
        action: promote ? .promote : .rollback, plugin: plugin, from: from, to: to,
        message: "\(plugin) \(version): \(reason); \(to) serves, \(from) finishes",
        duration: .now - began))
  }

  /// Rolls the canary back when its first calls fail; decides about it by the rule when its time has come.
  private func watchCanary(
    _ release: RunningRelease, _ trial: Trial, promoteAfter time: Duration?
  ) async {
    let began = ContinuousClock.now
    guard await trial.verdict(within: time) == .passed else {
      return await endByItself(release, promote: false, "failed \(trial.failed) of its first calls")
    }
    guard let time else { return }
    do {
      try await Task.sleep(until: began + time, clock: .continuous)
    } catch {
      return  // the gateway stops
    }
    guard let canary, canary.release.id == release.id else { return }
    let problem = await problem(of: canary)
    await endByItself(release, promote: problem == nil, problem ?? "did no worse")
  }

  private func endByItself(
    _ release: RunningRelease, promote: Bool, _ reason: String
  ) async {
    await noChange(of: release.plugin)
    guard canary?.release.id == release.id else { return }
    do {
      _ = try await endCanary(
        of: release.plugin, promote: promote,
        "\(promote ? "promoted" : "rolled back") by itself, as it \(reason)")
    } catch {
      logger.error(
        "a canary could not be ended: \(error)", metadata: ["plugin": "\(release.plugin)"])
    }
  }

  /// What speaks against a canary; nil: nothing.
  private func problem(of canary: Canary) async -> String? {
    let own = await tally(of: canary.release)
    let base = await tally(of: canary.base).since(canary.baseTally)
    guard own.calls > 0 else { return "was not called" }
    guard own.failureRate <= base.failureRate + Self.failureMargin else {
      return "failed \(own.failed) of \(own.calls) calls, the other version "
        + "\(base.failed) of \(base.calls)"
    }
    if let slow = own.percentile(0.99), let usual = base.percentile(0.99),
      Double(slow) > Double(usual) * Self.latencyFactor
    {
      return "took \(slow / 1000) µs for 99 of 100 calls, the other version \(usual / 1000) µs"
    }
    return nil
  }

  private func tally(of release: RunningRelease) async -> CallTally {
    var tally = CallTally()
    for incarnation in await supervisor.incarnations(of: release.id) {
      tally.merge(await load(of: release.plugin, incarnation).tally)
    }
    return tally
  }
}

// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostProcesses
import PluginProtocol

/// A release whose processes have a configuration, and what they said of it.
struct RunningRelease: Sendable {
  let id: UInt64
  let package: InstalledPackage
  let manifest: PackageManifest
  let sandbox: ProcessSandbox
  /// The generations that it has, the oldest first.
  var accepted: [Accepted] = []

  /// A generation that the release was configured with.
  struct Accepted: Sendable {
    let generation: UInt64
    /// The configs as the plugin got them.
    let instances: [ControlMessage.Configure.Instance]
    let answer: ControlMessage.Configured
  }

  var plugin: String { package.name }

  subscript(generation: UInt64) -> Accepted? {
    accepted.first { $0.generation == generation }
  }

  /// Whether exchanges that began with the other one can go on with this one: in every generation both want to see the
  /// same, and stand at the same place.
  func agrees(with other: RunningRelease) -> Bool {
    manifest.position == other.manifest.position && manifest.services == other.manifest.services
      && manifest.failsOpen == other.manifest.failsOpen
      && other.accepted.allSatisfy { theirs in
        guard let own = self[theirs.generation] else { return false }
        return own.instances == theirs.instances && own.answer.agrees(with: theirs.answer)
      }
  }
}

// Releases are configured, and what they answered becomes what the workers go by.
extension ControlPlane {
  /// Gives a release that is new the configurations that exchanges are in, the newest of which it must accept.
  ///
  /// What it says of an older one only decides whether exchanges can move to it.
  ///
  /// - Throws: ``ChangeRefused`` or ``StartProblem``.
  func configure(_ release: RunningRelease) async throws -> RunningRelease {
    try await configure(release, newest: generations.last?.number)
  }

  /// Gives a release that is new the configurations that exchanges are in, as far as it accepts them.
  func withFormer(_ release: RunningRelease) async throws -> RunningRelease {
    try await configure(release, newest: nil)
  }

  private func configure(
    _ release: RunningRelease, newest: UInt64?
  ) async throws -> RunningRelease {
    var release = release
    for generation in generations {
      let isNewest = generation.number == newest
      // Its last exchange may have ended meanwhile.
      guard let index = generations.firstIndex(where: { $0.number == generation.number }) else {
        continue
      }
      let instances = generations[index].instances(of: release.manifest)
      guard isNewest || !instances.isEmpty else { continue }
      let checked = try await supervisor.configure(
        release.id, generation: generation.number, isDryRun: true, instances)
      // Its secrets were concealed for this release a moment ago.
      let errors =
        generations.first { $0.number == generation.number }?.errors(in: checked) ?? []
      guard errors.isEmpty else {
        guard isNewest else { continue }
        throw ChangeRefused.conflict(
          "\(release.plugin) \(release.package.version) rejects the configuration: "
            + errors.map { "\($0)" }.joined(separator: "; "))
      }
      let answer = try await supervisor.configure(
        release.id, generation: generation.number, isDryRun: false, instances)
      release.accepted.append(
        .init(generation: generation.number, instances: instances, answer: answer))
    }
    return release
  }

  /// Changes a release wherever it is named.
  func updateReleases(_ change: (inout RunningRelease) -> Void) {
    for plugin in running.keys { change(&running[plugin]!) }
    if canary != nil {
      change(&canary!.release)
      change(&canary!.base)
    }
    for index in attachments.indices where attachments[index].release != nil {
      change(&attachments[index].release!)
    }
  }

  /// The configuration for the workers, with what is running, or with another release of one plugin.
  func snapshot(with other: RunningRelease? = nil) throws -> Snapshot {
    guard let generation = generations.last else { return .empty }
    return try snapshot(generation, running, with: other)
  }

  func snapshot(
    _ generation: Generation, _ releases: [String: RunningRelease],
    with other: RunningRelease? = nil
  ) throws -> Snapshot {
    var releases = releases
    if let other { releases[other.plugin] = other }
    return try SnapshotBuilder(generation: generation, plugins: pools, releases: releases).build()
  }
}

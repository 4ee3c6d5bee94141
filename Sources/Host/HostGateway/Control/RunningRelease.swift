// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostProcesses
import PluginProtocol

/// A release whose processes have a configuration, and what they said of it.
struct RunningRelease: Sendable {
  let id: UInt64
  let package: InstalledPackage
  let manifest: PackageManifest
  /// The configs as the plugin got them.
  let instances: [ControlMessage.Configure.Instance]
  let answer: ControlMessage.Configured

  var plugin: String { package.name }

  /// Whether exchanges that began with one can go on with the other: both want to see the same, and stand at the same
  /// place.
  func agrees(with other: RunningRelease) -> Bool {
    manifest.priority == other.manifest.priority && manifest.services == other.manifest.services
      && manifest.failsOpen == other.manifest.failsOpen && instances == other.instances
      && answer.agrees(with: other.answer)
  }
}

// Releases are configured, and what they answered becomes what the workers go by.
extension ControlPlane {
  /// Gives the processes of a release their configs, secrets concealed.
  ///
  /// - Throws: ``StartProblem`` when there is no answer that can be used.
  func configure(
    _ release: UInt64, of package: InstalledPackage, _ manifest: PackageManifest, isDryRun: Bool
  ) async throws(StartProblem) -> RunningRelease {
    var instances: [ControlMessage.Configure.Instance] = []
    let pointers = SecretPointers.find(in: manifest.configSchema)
    for (index, plugin) in configuration.plugins.enumerated()
    where plugin.isEnabled && plugin.name == package.name {
      let config = secrets.conceal(plugin.config, at: pointers, of: plugin.name)
      instances.append(
        ControlMessage.Configure.Instance(
          instance: UInt32(index), id: plugin.id, config: config.json(revealing: true)))
    }
    let answer = try await supervisor.configure(
      release, generation: generation, isDryRun: isDryRun, instances)
    return RunningRelease(
      id: release, package: package, manifest: manifest, instances: instances, answer: answer)
  }

  /// What is wrong with the configs, as the plugins see it.
  func diagnostics(of releases: [RunningRelease]) -> [ConfigurationError] {
    var errors: [ConfigurationError] = []
    let results = releases.flatMap(\.answer.instances).sorted { $0.instance < $1.instance }
    for result in results {
      let index = Int(result.instance)
      guard configuration.plugins.indices.contains(index) else { continue }
      let plugin = configuration.plugins[index]
      for diagnostic in result.diagnostics where !diagnostic.isWarning {
        errors.append(
          ConfigurationError(
            plugin.place["config"].appending(pointer: diagnostic.pointer, of: plugin.config),
            diagnostic.message, line: plugin.config.line(at: diagnostic.pointer)))
      }
      for file in result.logFiles where !plugin.config.contains(text: file) {
        errors.append(
          ConfigurationError(
            plugin.place["config"],
            "the plugin wants to write to a file that its config does not name"))
      }
    }
    return errors
  }

  /// The configuration for the workers, with what is running, or with another release of one plugin.
  func snapshot(with other: RunningRelease? = nil) throws -> Snapshot {
    var releases = running
    if let other { releases[other.plugin] = other }
    return try SnapshotBuilder(
      generation: generation, configuration: configuration, secrets: secrets, plugins: plugins,
      releases: releases
    ).build()
  }
}

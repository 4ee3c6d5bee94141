// SPDX-License-Identifier: Apache-2.0

package import HostConfiguration
package import HostProcesses
import PluginProtocol

/// What runs, for the admin API.
package struct RunningConfiguration: Sendable {
  /// 0: none has been taken yet.
  package var generation: UInt64 = 0
  /// Unix seconds: since when.
  package var since = 0
  package var configuration = GatewayConfiguration()
  /// By plugin, where its schema has secrets.
  package var secrets: [String: [String]] = [:]

  package init(generation: UInt64 = 0, since: Int = 0) {
    self.generation = generation
    self.since = since
  }
}

extension ControlPlane {
  package var view: RunningConfiguration {
    guard let generation = generations.last else { return RunningConfiguration() }
    var view = RunningConfiguration(generation: generation.number, since: generation.since)
    view.configuration = generation.configuration
    view.secrets = running.mapValues { SecretPointers.find(in: $0.manifest.configSchema) }
    return view
  }

  /// The packages that are there: of each plugin the one that runs, else the newest.
  package var packages: [InstalledPackage] {
    var packages: [InstalledPackage] = []
    for (name, _) in InstalledPackage.all(in: directory) where packages.last?.name != name {
      // One that cannot be used is not available.
      if let package = running[name]?.package ?? (try? .newest(name, in: directory)) {
        packages.append(package)
      }
    }
    return packages
  }
}

// SPDX-License-Identifier: Apache-2.0

import HostPools
package import HostProcesses
import Logging

extension ControlPlane {
  /// The plugin processes, with what they have to do.
  ///
  /// - Parameter plugin: nil: of all plugins.
  package func processes(of plugin: String? = nil) async -> [ProcessStatus] {
    var statuses = await supervisor.status()
    if let plugin { statuses.removeAll { $0.plugin != plugin } }
    for index in statuses.indices {
      let load = await load(of: statuses[index].plugin, statuses[index].incarnation)
      statuses[index].inFlight = load.inFlight
      statuses[index].calls = load.tally.calls
      statuses[index].failed = load.tally.failed
      statuses[index].p50 = load.tally.percentile(0.5).map { Double($0) / 1000 }
      statuses[index].p99 = load.tally.percentile(0.99).map { Double($0) / 1000 }
    }
    return statuses
  }

  /// What a process has to do and has done; nothing, when the event loops are gone.
  func load(of plugin: String, _ incarnation: UInt64) async -> ProcessLoad {
    guard let gateway else { return ProcessLoad() }
    do {
      return try await gateway.load(plugin: plugin, incarnation: incarnation)
    } catch {
      logger.debug("the event loops are gone", metadata: ["error": "\(error)"])
      return ProcessLoad()
    }
  }

  /// Whether the configuration names the plugin.
  package func isConfigured(_ plugin: String) -> Bool { plugins.contains(plugin) }
}

// SPDX-License-Identifier: Apache-2.0

package import HostProcesses
package import HostServices

extension ControlPlane {
  /// Puts on a page what is known of the plugins' processes and of the configuration.
  ///
  /// - Parameter processes: as they are now.
  package func show(_ processes: [ProcessStatus], on page: inout MetricPage) async {
    page.gauge(
      "patchbay_configuration_generation", "The number of the configuration that is taken.",
      Int(clamping: generations.last?.number ?? 0))
    page.gauge(
      "patchbay_configuration_taken_timestamp_seconds", "When it was taken, since 1970.",
      generations.last?.since ?? 0)
    let restarts = await supervisor.restarts
    for (plugin, count) in await supervisor.starts {
      page.count(
        "patchbay_plugin_starts_total", "Processes that were started.", ["plugin": plugin], count)
      page.count(
        "patchbay_plugin_restarts_total",
        "Processes that were started in the place of one that ended.", ["plugin": plugin],
        restarts[plugin] ?? 0)
    }
    for (plugin, changes) in changes {
      for (action, count) in changes {
        page.count(
          "patchbay_plugin_changes_total", "Swaps, canaries, promotions, rollbacks and the like.",
          ["plugin": plugin, "action": action.rawValue], count)
      }
    }
    var states: [String: [String: Int]] = [:]
    for process in processes {
      states[process.plugin, default: [:]][process.state, default: 0] += 1
    }
    for (plugin, counts) in states {
      for (state, count) in counts {
        page.gauge(
          "patchbay_plugin_processes", "Processes, by what they are about.",
          ["plugin": plugin, "state": state], count)
      }
      let memory = processes.filter { $0.plugin == plugin }.reduce(0) { $0 + ($1.rss ?? 0) }
      page.gauge(
        "patchbay_plugin_resident_bytes", "Memory that a plugin's processes have.",
        ["plugin": plugin], memory)
    }
  }
}

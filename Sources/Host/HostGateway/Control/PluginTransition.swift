// SPDX-License-Identifier: Apache-2.0

/// What becomes of the plugins' processes when another configuration takes over.
struct PluginTransition: Equatable {
  /// They go on, with the new configuration beside the old one.
  private(set) var kept: [String] = []
  /// The configuration names the plugin for the first time.
  private(set) var started: [String] = []
  /// Other processes take their place: what they are confined to cannot be changed while they run, or none is alive.
  private(set) var replaced: [String] = []
  /// They end with the last exchange that needs them.
  private(set) var dropped: [String] = []

  /// - Parameters:
  ///   - running: how the processes that run are confined, by plugin.
  ///   - wanted: how they are to be, by plugin.
  ///   - hopeless: plugins none of whose processes works.
  init<Confinement: Equatable>(
    running: [String: Confinement], wanted: [String: Confinement], hopeless: Set<String>
  ) {
    for (plugin, confinement) in wanted.sorted(by: { $0.key < $1.key }) {
      switch running[plugin] {
      case nil: started.append(plugin)
      case confinement where !hopeless.contains(plugin): kept.append(plugin)
      default: replaced.append(plugin)
      }
    }
    dropped = running.keys.filter { wanted[$0] == nil }.sorted()
  }
}

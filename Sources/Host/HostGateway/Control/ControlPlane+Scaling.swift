// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostPools
import HostProcesses
import Logging
import NIOCore

// Plugins with `instances: auto` have as many processes as their load needs.
extension ControlPlane {
  /// Between two looks at the processes of a plugin.
  private static let lookInterval = Duration.seconds(1)

  /// Begins to watch the plugins whose number of processes is ours to choose.
  func scaleProcesses() {
    for plugin in plugins where isScaled(plugin) && scaled.insert(plugin).inserted {
      inBackground { [weak self] in await self?.scale(plugin) }
    }
  }

  private func isScaled(_ plugin: String) -> Bool {
    plugins.contains(plugin) && configuration.settings.processes[plugin]?.instances == .auto
  }

  private func scale(_ plugin: String) async {
    var scaler = PoolScaler(most: max(1, System.coreCount))
    var meter = CPUMeter()
    var last = ContinuousClock.now
    defer { scaled.remove(plugin) }
    while isScaled(plugin) {
      do {
        try await Task.sleep(for: Self.lookInterval)
      } catch {
        return  // the gateway stops
      }
      guard isScaled(plugin), let release = running[plugin]?.id else { return }
      let statuses = await supervisor.status(of: release)
      let cpu = meter.used(
        statuses.reduce(into: [:]) { $0[$1.incarnation] = $1.cpu })
      let now = ContinuousClock.now
      let elapsed = Int((now - last) / .microseconds(1))
      last = now
      guard statuses.allSatisfy(\.serves) else {
        scaler.reset()
        continue
      }
      let advice = scaler.looked(
        PoolScaler.Look(
          processes: statuses.count, cpu: cpu, elapsed: elapsed,
          streams: await streams(of: plugin, statuses)))
      // A version that takes over has counted the processes of the one before already.
      guard running[plugin]?.id == release, !isTaking, !changing.contains(plugin) else { continue }
      await obey(advice, plugin, release, processes: statuses.count)
    }
  }

  private func obey(
    _ advice: PoolScaler.Advice, _ plugin: String, _ release: UInt64, processes: Int
  ) async {
    let count: Int
    switch advice {
    case .grow: count = processes + 1
    case .shrink: count = processes - 1
    case .nothing: return
    }
    logger.info(
      "plugin processes follow the load",
      metadata: ["plugin": "\(plugin)", "from": "\(processes)", "to": "\(count)"])
    await supervisor.resize(release, to: count, within: drainTime(plugin))
  }

  /// Streams that are in flight on the processes.
  private func streams(of plugin: String, _ statuses: [ProcessStatus]) async -> Int {
    var streams = 0
    for status in statuses { streams += await load(of: plugin, status.incarnation).inFlight }
    return streams
  }
}

extension ProcessStatus {
  fileprivate var serves: Bool { SupervisorMachine.State(rawValue: state)?.takesCalls == true }
}

// SPDX-License-Identifier: Apache-2.0

import HostProcesses
import Logging

/// Hands processes to the workers.
struct GatewayObserver: ProcessObserver {
  let gateway: Gateway?
  let logger: Logger

  func processReady(_ handle: ProcessHandle) async throws {
    try await gateway?.attach(handle)
  }

  func processDraining(plugin: String, incarnation: UInt64) async {
    await onServers(of: plugin, "drained") { $0.drain(incarnation: incarnation) }
  }

  func processKilledByOthers(plugin: String, incarnation: UInt64) async {
    await onServers(of: plugin, "excused") { $0.excuse(incarnation: incarnation) }
  }

  func processSlow(plugin: String, incarnation: UInt64, isSlow: Bool) async {
    await onServers(of: plugin, "told of as slow") { $0.slow(incarnation: incarnation, isSlow) }
  }

  func releaseAvailable(plugin: String, release: UInt64, isAvailable: Bool) async {
    await onServers(of: plugin, "told of") { $0.available(release, isAvailable) }
  }

  private func onServers(
    of plugin: String, _ what: String, _ body: @escaping @Sendable (PluginServer) -> Void
  ) async {
    do {
      try await gateway?.onServers(of: plugin, body)
    } catch {
      // The event loops are gone, and so are the calls that it would have been about.
      logger.debug("a plugin process could not be \(what)", metadata: ["error": "\(error)"])
    }
  }
}

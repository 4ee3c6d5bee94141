// SPDX-License-Identifier: Apache-2.0

import HostProcesses
import Logging

/// Hands processes to the workers.
struct GatewayObserver: ProcessObserver {
  let gateway: Gateway?
  let plugins: [String]
  let logger: Logger

  func processReady(_ handle: ProcessHandle) async throws {
    guard let gateway, let plugin = plugins.firstIndex(of: handle.plugin) else { return }
    try await gateway.attach(handle, plugin: plugin)
  }

  func processDraining(plugin: String, incarnation: UInt64) async {
    await onWorkers("drained", plugin) { try await $0.drain(plugin: $1, incarnation: incarnation) }
  }

  func processKilledByOthers(plugin: String, incarnation: UInt64) async {
    await onWorkers("excused", plugin) {
      try await $0.onServers(of: $1) { $0.excuse(incarnation: incarnation) }
    }
  }

  func processSlow(plugin: String, incarnation: UInt64, isSlow: Bool) async {
    await onWorkers("told of as slow", plugin) {
      try await $0.onServers(of: $1) { $0.slow(incarnation: incarnation, isSlow) }
    }
  }

  func releaseAvailable(plugin: String, release: UInt64, isAvailable: Bool) async {
    await onWorkers("told of", plugin) {
      try await $0.available(plugin: $1, release: release, isAvailable)
    }
  }

  private func onWorkers(
    _ what: String, _ name: String, _ body: (Gateway, Int) async throws -> Void
  ) async {
    guard let gateway, let plugin = plugins.firstIndex(of: name) else { return }
    do {
      try await body(gateway, plugin)
    } catch {
      // The event loops are gone, and so are the calls that it would have been about.
      logger.debug("a plugin process could not be \(what)", metadata: ["error": "\(error)"])
    }
  }
}

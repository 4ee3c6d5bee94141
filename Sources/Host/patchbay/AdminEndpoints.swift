// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostAdmin
import HostGateway
import HostProcesses

/// What the admin API answers.
enum AdminEndpoints {
  static func routes(_ control: ControlPlane, _ gateway: Gateway) -> AdminRoutes {
    var routes = AdminRoutes()
    routes.add("GET", "/status") { _, _ in
      do {
        return .json(
          StatusAnswer(
            gateway: try await gateway.status(), processes: await control.processes()))
      } catch {
        return .error(503, "The gateway is shutting down")
      }
    }
    ConfigEndpoints.add(to: &routes, control)
    PluginEndpoints.add(to: &routes, control)
    return routes
  }
}

/// `GET /status`: Kong's members where we have what they mean, and our own.
struct StatusAnswer: Encodable, Sendable {
  struct Server: Encodable, Sendable {
    var totalRequests: Int
  }

  struct Memory: Encodable, Sendable {
    struct Process: Encodable, Sendable {
      var plugin: String
      var pid: Int32
      /// Bytes.
      var rss: Int
    }

    /// Bytes of the host itself.
    var rss: Int?
    var plugins: [Process]
  }

  var version = Patchbay.version
  var server: Server
  var memory: Memory
  var gateway: GatewayStatus

  init(gateway: GatewayStatus, processes: [ProcessStatus]) {
    self.gateway = gateway
    server = Server(totalRequests: gateway.exchanges)
    memory = Memory(
      rss: ProcessStatus.residentBytes(of: ProcessInfo.processInfo.processIdentifier),
      plugins: processes.compactMap { process in
        guard let pid = process.pid, let rss = process.rss else { return nil }
        return Memory.Process(plugin: process.plugin, pid: pid, rss: rss)
      })
  }
}

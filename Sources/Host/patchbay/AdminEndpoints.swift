// SPDX-License-Identifier: Apache-2.0

import HostAdmin
import HostGateway

/// What the admin API answers.
enum AdminEndpoints {
  private struct Status: Codable, Sendable {
    var version: String
    var gateway: GatewayStatus
  }

  static func routes(_ control: ControlPlane, _ gateway: Gateway) -> AdminRoutes {
    var routes = AdminRoutes()
    routes.add("GET", "/status") { _ in
      do {
        return .json(Status(version: Patchbay.version, gateway: try await gateway.status()))
      } catch {
        return .error(503, "The gateway is shutting down")
      }
    }
    routes.add("GET", "/plugins/processes") { _ in
      .json(["data": await control.processes()])
    }
    return routes
  }
}

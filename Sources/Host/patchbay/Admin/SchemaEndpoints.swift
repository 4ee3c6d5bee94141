// SPDX-License-Identifier: Apache-2.0

import HostAdmin
import HostConfiguration
import HostGateway
import HostProcesses

/// What plugins there are, and what their configs may hold.
enum SchemaEndpoints {
  static func add(to routes: inout AdminRoutes, _ control: ControlPlane) {
    routes.add("GET", "/plugins/enabled") { _, _ in
      .json(["enabled_plugins": await control.packages.map(\.name)])
    }
    routes.add("GET", "/schemas/plugins/{name}") { _, path in
      let name = path["name"] ?? ""
      guard let package = await control.packages.first(where: { $0.name == name }),
        let document = PluginSchema.document(of: package.configSchema)
      else { return .error(404, "No plugin named '\(name)'") }
      return .raw(document)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import HostAdmin
import HostConfiguration
import HostGateway

/// `/config` in the admin API: what runs, and what is to run instead.
enum ConfigEndpoints {
  static func add(to routes: inout AdminRoutes, _ control: ControlPlane) {
    routes.add("POST", "/config") { request, _ in
      let text: String
      do throws(DeclarativeBody.Unusable) {
        text = try DeclarativeBody.text(of: request)
      } catch {
        return .error(400, error.message)
      }
      do {
        let generation = try await ConfigurationReload.take(text, control)
        return .json(["generation": generation], status: 201)
      } catch let invalid as GatewayConfiguration.Invalid {
        return .json(RefusedConfiguration(invalid), status: 400)
      } catch {
        return .error(503, "The gateway is shutting down")
      }
    }
  }
}

/// What is wrong with a configuration: Kong's members, and a list of all errors with their places.
struct RefusedConfiguration: Encodable {
  struct Problem: Encodable {
    /// Such as `services[0].plugins[1].config.model.provider`.
    let place: String
    let message: String
    /// From 1; null: not known.
    let line: Int?
  }

  let code = 14
  let name = "invalid declarative configuration"
  let message: String
  let errors: [Problem]

  init(_ invalid: GatewayConfiguration.Invalid) {
    let lines = invalid.errors.map(\.description).joined(separator: "; ")
    message = "declarative config is invalid: \(lines)"
    errors = invalid.errors.map {
      Problem(
        place: $0.place.description, message: $0.message, line: $0.line > 0 ? $0.line : nil)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import HostAdmin
import HostConfiguration
import HostGateway

/// `/config` in the admin API: what runs, and what is to run instead.
enum ConfigEndpoints {
  static func add(to routes: inout AdminRoutes, _ control: ControlPlane) {
    routes.add("GET", "/config") { _, _ in
      let view = await control.view
      do {
        return .json(["config": try view.configuration.yaml(hiding: view.secrets)])
      } catch {
        return .error(500, "An unexpected error occurred")
      }
    }
    routes.add("POST", "/config") { request, _ in
      let text: String
      do throws(DeclarativeBody.Unusable) {
        text = try DeclarativeBody.text(of: request)
      } catch {
        return .error(400, error.message)
      }
      return await take(text, control, unlessSame: request.query["check_hash"] == "1")
    }
  }

  private static func take(
    _ text: String, _ control: ControlPlane, unlessSame: Bool
  ) async -> AdminResponse {
    if unlessSame {
      let hash = await control.view.configuration.fingerprint
      let new = try? GatewayConfiguration.parse(text, environment: ConfigurationReload.environment)
      if let hash, new?.fingerprint == hash {
        return .raw([], status: 304)
      }
    }
    do {
      let generation = try await ConfigurationReload.take(text, control)
      return .taken(await control.view, generation: generation)
    } catch let invalid as GatewayConfiguration.Invalid {
      return .json(RefusedConfiguration(invalid), status: 400)
    } catch {
      return .error(503, "The gateway is shutting down")
    }
  }
}

extension AdminResponse {
  /// The entities by kind and id, as Kong answers, and the number of the generation in a header.
  fileprivate static func taken(
    _ view: RunningConfiguration, generation: UInt64
  ) -> AdminResponse {
    let kinds = AdminEntity.Kind.allCases.compactMap { kind -> [UInt8]? in
      let entities = view.entities(kind)
      guard !entities.isEmpty else { return nil }
      let members = entities.map { Array(#""\#($0.id)":"#.utf8) + $0.value.json(revealing: false) }
      return Array(#""\#(kind)":{"#.utf8) + members.joined(separator: [UInt8(ascii: ",")])
        + [UInt8(ascii: "}")]
    }
    var response = raw(
      [UInt8(ascii: "{")] + kinds.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")],
      status: 201)
    response.headers.append(("x-patchbay-generation", String(generation)))
    return response
  }
}

/// What is wrong with a configuration: Kong's members, and a list of all errors with their places.
struct RefusedConfiguration: Encodable {
  struct Problem: Encodable {
    /// Such as `services[0].plugins[1].config.model.provider`.
    let place: String
    let message: String
    /// From 1; not there: not known.
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

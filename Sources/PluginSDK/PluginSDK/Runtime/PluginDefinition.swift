// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// What is known of a plugin's type: enough to run it without naming it.
struct PluginDefinition: Sendable {
  /// Name and version of this SDK, for the host's log.
  static let sdk = "patchbay-swift 1.0.0"

  let manifest: Manifest
  let schema: ConfigSchema
  let handlers: PhaseHandlers
  let stateCoder: StateCoder?
  private let make: @Sendable (JSONValue, Host) throws -> any Plugin

  init<P: Plugin>(_ type: P.Type) {
    manifest = P.manifest
    schema = P.schema
    handlers = PhaseHandlers(type)
    stateCoder = StateCoder(type)
    make = { config, host in
      try P(config: JSONValueDecoder.decode(P.Config.self, from: config), host: host)
    }
  }

  /// Makes the instance of a config (JSON), or says what is wrong with it; warnings come with either.
  func configure(
    _ json: [UInt8], host: Host, loop: EventLoop
  ) -> (instance: Instance?, diagnostics: [ConfigDiagnostic]) {
    var diagnostics: [ConfigDiagnostic] = []
    do {
      let given = try json.isEmpty ? [:] : json.withUnsafeBytes { try JSONValue(parsing: $0) }
      let completed: JSONValue
      (completed, diagnostics) = schema.validate(given)
      guard diagnostics.allSatisfy(\.isWarning) else { return (nil, diagnostics) }
      return (Instance.make(try make(completed, host), self, loop), diagnostics)
    } catch let error as ConfigError {
      diagnostics += error.diagnostics
    } catch let error as DecodingError {
      let (pointer, message) = error.located
      diagnostics.append(ConfigDiagnostic(pointer, message))
    } catch let error as JSONError {
      diagnostics.append(ConfigDiagnostic("", "the config is not JSON: \(error)"))
    } catch {
      diagnostics.append(ConfigDiagnostic("", "the plugin failed with \(type(of: error))"))
    }
    return (nil, diagnostics)
  }

  /// The manifest as it crosses the wire.
  var packageManifest: PackageManifest {
    PackageManifest(
      name: manifest.name, version: manifest.version, priority: manifest.priority,
      phases: handlers.phases.map { UInt32($0.rawValue) },
      configSchema: JSONWriter.bytes(of: schema.jsonSchema),
      services: manifest.services.map(\.number), failsOpen: manifest.onFailure == .open,
      stateVersion: manifest.stateVersion, permissions: manifest.permissions.map(\.description),
      position: manifest.position, withoutConsumers: !manifest.takesConsumers,
      withoutSingleConsumers: !manifest.takesSingleConsumers)
  }

  /// The manifest as protobuf's JSON mapping spells it, but for the schema, which is embedded as it is.
  var manifestJSON: JSONValue {
    let versions = ControlConnection.versions
    var members: [(String, JSONValue)] = [
      ("name", .string(manifest.name)),
      ("version", .string(manifest.version)),
      ("priority", .int(manifest.priority)),
      ("phases", .array(handlers.phases.map { .string("PHASE_\("\($0)".uppercased())") })),
      ("services", .array(manifest.services.map { .string("SERVICE_\("\($0)".uppercased())") })),
      (
        "onFailure",
        .string(
          manifest.onFailure == .closed ? "FAILURE_POLICY_CLOSED" : "FAILURE_POLICY_OPEN")
      ),
      ("stateVersion", .int(manifest.stateVersion)),
      ("permissions", .array(manifest.permissions.map { .string($0.description) })),
      ("protocol", ["min": .int(versions.lowerBound), "max": .int(versions.upperBound)]),
      ("sdk", .string(Self.sdk)),
      ("configSchema", schema.jsonSchema),
    ]
    if let position = manifest.position { members.append(("position", .int(position))) }
    if !manifest.takesConsumers { members.append(("withoutConsumers", true)) }
    if !manifest.takesSingleConsumers { members.append(("withoutSingleConsumers", true)) }
    return .object(JSONObject(members))
  }
}

extension HostService {
  /// The protocol's number.
  fileprivate var number: UInt32 {
    switch self {
    case .http: 1
    case .kv: 2
    case .counter: 3
    case .sign: 5
    case .deliver: 6
    case .consumers: 7
    }
  }
}

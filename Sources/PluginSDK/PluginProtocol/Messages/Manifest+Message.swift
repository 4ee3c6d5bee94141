// SPDX-License-Identifier: Apache-2.0

package import CPluginMessages

/// What a package is, as it crosses the wire. See `manifest.proto`.
package struct PackageManifest: Equatable, Sendable {
  package var name: String
  package var version: String
  package var priority: Int32
  /// The protocol's numbers of the phases.
  package var phases: [UInt32]
  /// JSON Schema of the config object.
  package var configSchema: [UInt8]
  /// The protocol's numbers of the services.
  package var services: [UInt32]
  /// Whether an exchange goes on when the plugin fails.
  package var failsOpen: Bool
  package var stateVersion: UInt32
  /// As text: the receiver may not know them.
  package var permissions: [String]
  /// Where it stands in a chain; larger runs earlier in requests.
  package var position: Int32
  /// Whether no entry can be of a consumer or a consumer group.
  package var withoutConsumers: Bool
  /// Whether no entry can be of a consumer.
  package var withoutSingleConsumers: Bool

  /// Whether it names the service that queues belong to.
  package var mayDeliver: Bool {
    services.contains(PATCHBAY__PLUGIN__V1__SERVICE__SERVICE_DELIVER.rawValue)
  }

  package init(
    name: String, version: String, priority: Int32, phases: [UInt32], configSchema: [UInt8],
    services: [UInt32], failsOpen: Bool, stateVersion: UInt32, permissions: [String] = [],
    position: Int32? = nil, withoutConsumers: Bool = false, withoutSingleConsumers: Bool = false
  ) {
    self.name = name
    self.version = version
    self.priority = priority
    self.phases = phases
    self.configSchema = configSchema
    self.services = services
    self.failsOpen = failsOpen
    self.stateVersion = stateVersion
    self.permissions = permissions
    self.position = position ?? priority
    self.withoutConsumers = withoutConsumers
    self.withoutSingleConsumers = withoutSingleConsumers
  }

  package init?(_ message: Patchbay__Plugin__V1__Manifest) {
    guard let name = String(field: message.name), let version = String(field: message.version),
      let permissions = [String](fields: message.permissions, message.n_permissions)
    else { return nil }
    self.name = name
    self.version = version
    priority = message.priority
    phases = (0..<message.n_phases).map { message.phases[$0].rawValue }
    configSchema = Array(message.config_schema.view)
    services = (0..<message.n_services).map { message.services[$0].rawValue }
    failsOpen = message.on_failure == PATCHBAY__PLUGIN__V1__FAILURE_POLICY__FAILURE_POLICY_OPEN
    stateVersion = message.state_version
    self.permissions = permissions
    position =
      message.place_case == PATCHBAY__PLUGIN__V1__MANIFEST__PLACE_POSITION
      ? message.position : message.priority
    withoutConsumers = message.without_consumers != 0
    withoutSingleConsumers = message.without_single_consumers != 0
  }

  package func message(
    in arena: MessageArena
  ) -> UnsafeMutablePointer<Patchbay__Plugin__V1__Manifest> {
    let message = arena.make { patchbay__plugin__v1__manifest__init($0) }
    message.pointee.name = arena.string(name)
    message.pointee.version = arena.string(version)
    message.pointee.priority = priority
    if position != priority {
      message.pointee.place_case = PATCHBAY__PLUGIN__V1__MANIFEST__PLACE_POSITION
      message.pointee.position = position
    }
    message.pointee.n_phases = phases.count
    message.pointee.phases = arena.array(of: Patchbay__Plugin__V1__Phase.self, count: phases.count)
    for (index, phase) in phases.enumerated() { message.pointee.phases[index].rawValue = phase }
    message.pointee.config_schema = configSchema.withUnsafeBytes { arena.bytes($0) }
    message.pointee.n_services = services.count
    message.pointee.services = arena.array(
      of: Patchbay__Plugin__V1__Service.self, count: services.count)
    for (index, service) in services.enumerated() {
      message.pointee.services[index].rawValue = service
    }
    message.pointee.on_failure =
      failsOpen
      ? PATCHBAY__PLUGIN__V1__FAILURE_POLICY__FAILURE_POLICY_OPEN
      : PATCHBAY__PLUGIN__V1__FAILURE_POLICY__FAILURE_POLICY_CLOSED
    message.pointee.state_version = stateVersion
    (message.pointee.permissions, message.pointee.n_permissions) = arena.strings(permissions)
    message.pointee.without_consumers = withoutConsumers ? 1 : 0
    message.pointee.without_single_consumers = withoutSingleConsumers ? 1 : 0
    return message
  }
}

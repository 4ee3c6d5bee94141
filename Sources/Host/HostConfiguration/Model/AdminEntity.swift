// SPDX-License-Identifier: Apache-2.0

/// An entity as Kong's Admin API shows it: all fields, null where they have no value.
package struct AdminEntity: Sendable {
  /// The kinds that can be asked for, by their names in paths.
  package enum Kind: String, Sendable, CaseIterable {
    case services, routes, consumers, plugins
    case consumerGroups = "consumer_groups"
    case keyAuths = "key-auths"
    case acls
  }

  package let id: String
  /// Empty where it has none; then only the id names it.
  package let name: String
  package let tags: [String]
  /// Ids of the entities that it belongs to.
  package private(set) var owners: [Kind: String] = [:]
  /// Ids of the consumer groups of a consumer.
  package private(set) var groups: [String] = []
  package let value: ConfigurationValue

  /// - Parameter now: Unix seconds, for entities that the file gives no time.
  init(
    _ id: String, name: String = "", tags: [String], owners: [Kind: String] = [:],
    groups: [String] = [], at now: Int, _ record: ConfigurationValue?,
    _ members: [ConfigurationValue.Member]
  ) {
    self.id = id
    self.name = name
    self.tags = tags
    self.owners = owners
    self.groups = groups
    let created = record?["created_at"] ?? .integer(now)
    let ends: [ConfigurationValue.Member] = [
      .init(name: "tags", value: .list(tags)),
      .init(name: "created_at", value: created),
      .init(name: "updated_at", value: record?["updated_at"] ?? created),
    ]
    value = ConfigurationValue(.object(members + ends))
  }
}

extension GatewayConfiguration {
  /// The entities of a kind, in the order of the file.
  ///
  /// - Parameters:
  ///   - now: Unix seconds: when the configuration was taken.
  ///   - secrets: by plugin the JSON pointers of the secrets in its config, whose values are not shown.
  package func entities(
    _ kind: AdminEntity.Kind, at now: Int, hiding secrets: [String: [String]]
  ) -> [AdminEntity] {
    switch kind {
    case .services: services.map { entity($0, now) }
    case .routes: routes.map { entity($0, now) }
    case .consumers: consumers.map { entity($0, now) }
    case .plugins: plugins.map { entity($0, now, hiding: secrets[$0.name] ?? []) }
    case .consumerGroups: consumerGroups.map { entity($0, now) }
    case .keyAuths: credentials.filter { $0.kind == .keyAuth }.map { entity($0, now) }
    case .acls: credentials.filter { $0.kind == .acl }.map { entity($0, now) }
    }
  }

  private func entity(_ service: Service, _ now: Int) -> AdminEntity {
    let record = document.record(at: service.place)
    let others = ["client_certificate", "ca_certificates", "tls_verify", "tls_verify_depth"]
    return AdminEntity(
      service.id, name: service.name, tags: service.tags, at: now, record,
      service.members + others.map { .init(name: $0, value: record?[$0] ?? .none) })
  }

  private func entity(_ route: Route, _ now: Int) -> AdminEntity {
    let record = document.record(at: route.place)
    let service = route.service.map { services[$0].id }
    var members = route.members
    // What only routes of streams have.
    members += ["sources", "destinations"].map { .init(name: $0, value: .none) }
    members.append(.init(name: "service", value: .reference(service)))
    return AdminEntity(
      route.id, name: route.name, tags: route.tags, owners: service.map { [.services: $0] } ?? [:],
      at: now, record, members)
  }

  private func entity(
    _ plugin: PluginInstance, _ now: Int, hiding secrets: [String]
  ) -> AdminEntity {
    let record = document.record(at: plugin.place)
    let service = plugin.service.map { services[$0].id }
    let route = plugin.route.map { routes[$0].id }
    let consumer = plugin.consumer.map { consumers[$0].id }
    var owners: [AdminEntity.Kind: String] = [:]
    owners[.services] = service
    owners[.routes] = route
    let group = plugin.consumerGroup.map { consumerGroups[$0].id }
    owners[.consumers] = consumer
    owners[.consumerGroups] = group
    let instanceName = record?["instance_name"] ?? .none
    return AdminEntity(
      plugin.id, name: instanceName.text ?? "", tags: plugin.tags, owners: owners, at: now, record,
      [
        .init(name: "id", value: .text(plugin.id)),
        .init(name: "name", value: .text(plugin.name)),
        .init(name: "instance_name", value: instanceName),
        .init(name: "enabled", value: ConfigurationValue(.bool(plugin.isEnabled))),
        .init(
          name: "protocols",
          value: record?["protocols"] ?? .list(["grpc", "grpcs", "http", "https"])),
        .init(name: "config", value: plugin.config.hiding(secrets)),
        .init(name: "service", value: .reference(service)),
        .init(name: "route", value: .reference(route)),
        .init(name: "consumer", value: .reference(consumer)),
        .init(name: "consumer_group", value: .reference(group)),
        .init(name: "ordering", value: record?["ordering"] ?? .none),
      ])
  }
}

extension ConfigurationValue {
  static var none: ConfigurationValue { ConfigurationValue(.null) }

  /// The string, if it is one.
  var text: String? {
    guard case .string(let text) = content else { return nil }
    return text
  }

  /// What stands at a place: `services[0].routes[1]`.
  func record(at place: Place) -> ConfigurationValue? {
    var value: ConfigurationValue? = self
    for step in place.description.matches(of: /([^.\[\]]+)|\[([0-9]+)\]/) {
      value = step.1.map { value?[String($0)] } ?? value?.child(String(step.2 ?? ""))
    }
    return value
  }
}

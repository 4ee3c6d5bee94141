// SPDX-License-Identifier: Apache-2.0

/// Reads Kong's declarative format: entities nested in each other or side by side, named by their names or ids.
struct DeclarativeReader {
  var configuration = GatewayConfiguration()
  var errors: [ConfigurationError] = []
  var pending: [PendingReference] = []
  /// Who belongs to which group, as the references tell.
  var memberships: [Membership] = []
  /// Before 3.0 the paths of routes were regular expressions without a mark.
  private(set) var isOldFormat = false
  private var taken: Set<[String]> = []

  /// A reference to an entity that may stand further down.
  struct PendingReference {
    enum Owner {
      case route(Int)
      case plugin(Int)
      case credential(Int)
      case membership(Int)
    }

    enum Kind: String {
      case service, route, consumer
      case consumerGroup = "consumer_group"

      /// As messages say it.
      var words: String { self == .consumerGroup ? "consumer group" : rawValue }
    }

    var owner: Owner
    var kind: Kind
    var name: String
    var place: Place
    var line: Int
  }

  /// What Kong's file may hold beside what is read here.
  private static let unsupported = [
    "consumer_group_plugins", "upstreams", "targets", "vaults", "keys", "key_sets", "partials",
    "licenses", "plugin_ordering", "filter_chains",
    "degraphql_routes", "graphql_ratelimiting_cost_decorations", "rbac_roles",
    "oauth2_credentials", "mtls_auth_credentials", "keyauth_enc_credentials",
  ]

  mutating func read(_ value: ConfigurationValue) {
    var record = RecordReader(value, at: Place())
    if let version = record.oneOf("_format_version", ["1.1", "2.1", "3.0"]) {
      isOldFormat = version != "3.0"
    } else {
      record.require("_format_version")
    }
    configuration.hasPlainPasswords = record.boolean("_transform") ?? true
    record.ignore(["_comment", "_ignore", "_workspace"])
    readInformation(&record)
    record.unsupported(Self.unsupported)
    readCertificates(&record)
    for (value, place) in record.records("services") { readService(value, place) }
    for (value, place) in record.records("routes") { readRoute(value, place, service: nil) }
    for (value, place) in record.records("consumer_groups") { readConsumerGroup(value, place) }
    for (value, place) in record.records("consumers") { readConsumer(value, place) }
    for (value, place) in record.records("consumer_group_consumers") {
      readMembership(value, place)
    }
    for kind in Credential.Kind.allCases {
      for (value, place) in record.records(kind.rawValue) {
        readCredential(value, place, kind, consumer: nil)
      }
    }
    for (value, place) in record.records("plugins") { readPlugin(value, place) }
    if let settings = record.value("patchbay") {
      var reader = SettingsReader(plugins: Set(configuration.plugins.map(\.name)))
      configuration.settings = reader.read(settings, Place()["patchbay"])
      errors += reader.errors
    }
    errors += record.finish()
    resolveReferences()
    joinGroups()
    checkScopes()
    checkOrderings()
  }

  /// What decK writes about a file. Its defaults are filled in by decK alone: passed over, they would be missed.
  private mutating func readInformation(_ record: inout RecordReader) {
    guard let value = record.value("_info") else { return }
    var information = RecordReader(value, at: record.place["_info"])
    if !information.isAbsentOrEmpty("defaults") {
      information.fail(
        "defaults", "is not supported: decK fills these in when it writes a file for Kong")
    }
    information.ignore(["defaults", "select_tags"])
    errors += information.finish()
  }

  /// Who the entity is: an id and a name that no other of its kind has. Without an id it gets one that stays.
  mutating func identify(
    _ record: inout RecordReader, _ kind: String, by field: String = "name"
  ) -> (id: String, name: String) {
    let name = record.string(field, EntityRules.name)
    claim(&record, kind, field, name)
    let id = record.string("id", EntityRules.uuid)
    claim(&record, kind, "id", id)
    return (id ?? StableID.of(kind, name ?? "", record.place), name ?? "")
  }

  /// Says so when another entity of the kind has this value already.
  mutating func claim(
    _ record: inout RecordReader, _ kind: String, _ field: String, _ value: String?
  ) {
    guard let value, !claim(kind, field, value) else { return }
    record.fail(field, "'\(value)' is taken by another one")
  }

  /// Whether no other entity of the kind has this value.
  mutating func claim(_ kind: String, _ field: String, _ value: String) -> Bool {
    taken.insert([kind, field, value]).inserted
  }

  /// Reads `service: name` or `service: {name: …}`; consumers are named by their `username`.
  mutating func refer(
    _ record: inout RecordReader, _ kind: PendingReference.Kind,
    from owner: PendingReference.Owner
  ) {
    guard let value = record.value(kind.rawValue) else { return }
    guard refer(to: value, kind, at: record.place[kind.rawValue], from: owner) else {
      return record.fail(kind.rawValue, "expected the name or id of a \(kind.words)")
    }
  }

  /// False: the value names nothing.
  mutating func refer(
    to value: ConfigurationValue, _ kind: PendingReference.Kind, at place: Place,
    from owner: PendingReference.Owner
  ) -> Bool {
    let named =
      value.members == nil
      ? value : value[kind == .consumer ? "username" : "name"] ?? value["id"] ?? value
    guard case .string(let name) = named.content else { return false }
    pending.append(
      PendingReference(owner: owner, kind: kind, name: name, place: place, line: value.line))
    return true
  }

  private mutating func resolveReferences() {
    let services = Self.index(configuration.services.map { [$0.name, $0.id] })
    let routes = Self.index(configuration.routes.map { [$0.name, $0.id] })
    let consumers = Self.index(configuration.consumers.map { [$0.username, $0.id] })
    let groups = Self.index(configuration.consumerGroups.map { [$0.name, $0.id] })
    for reference in pending {
      let entities =
        switch reference.kind {
        case .service: services
        case .route: routes
        case .consumer: consumers
        case .consumerGroup: groups
        }
      let index = entities[reference.name]
      guard let index else {
        errors.append(
          ConfigurationError(
            reference.place, "there is no \(reference.kind.words) '\(reference.name)'",
            line: reference.line))
        continue
      }
      switch (reference.owner, reference.kind) {
      case (.route(let route), _): configuration.routes[route].service = index
      case (.plugin(let plugin), .service): configuration.plugins[plugin].service = index
      case (.plugin(let plugin), .route): configuration.plugins[plugin].route = index
      case (.plugin(let plugin), .consumer): configuration.plugins[plugin].consumer = index
      case (.plugin(let plugin), .consumerGroup):
        configuration.plugins[plugin].consumerGroup = index
      case (.membership(let number), .consumer): memberships[number].consumer = index
      case (.membership(let number), _): memberships[number].group = index
      case (.credential(let credential), _): configuration.credentials[credential].consumer = index
      }
    }
  }

  private static func index(_ entities: [[String]]) -> [String: Int] {
    var result: [String: Int] = [:]
    for (index, names) in entities.enumerated() {
      for name in names where !name.isEmpty && result[name] == nil { result[name] = index }
    }
    return result
  }

  private mutating func checkScopes() {
    var seen: Set<[String]> = []
    for plugin in configuration.plugins where !plugin.name.isEmpty {
      let scope =
        [plugin.name]
        + [plugin.service, plugin.route, plugin.consumer, plugin.consumerGroup].map {
          "\($0 ?? -1)"
        }
      if !seen.insert(scope).inserted {
        errors.append(
          ConfigurationError(
            plugin.place, "plugin '\(plugin.name)' is configured twice for the same scope",
            line: plugin.line))
      }
    }
  }
}

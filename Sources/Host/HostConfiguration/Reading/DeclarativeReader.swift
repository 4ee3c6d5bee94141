// SPDX-License-Identifier: Apache-2.0

/// Reads Kong's declarative format: entities nested in each other or side by side, named by their names or ids.
struct DeclarativeReader {
  private(set) var configuration = GatewayConfiguration()
  private(set) var errors: [ConfigurationError] = []
  private var pending: [PendingReference] = []

  /// A reference to an entity that may stand further down.
  private struct PendingReference {
    enum Owner {
      case route(Int)
      case plugin(Int)
    }

    enum Kind: String {
      case service, route
    }

    var owner: Owner
    var kind: Kind
    var name: String
    var place: Place
    var line: Int
  }

  /// What Kong's file may hold beside what is read here.
  private static let unsupported = [
    "consumers", "consumer_groups", "upstreams", "targets", "certificates", "ca_certificates",
    "snis", "vaults", "keys", "key_sets", "partials", "licenses", "acls", "keyauth_credentials",
  ]

  mutating func read(_ value: ConfigurationValue) {
    var record = RecordReader(value, at: Place())
    if let version = record.oneOf("_format_version", ["1.1", "2.1", "3.0"]) {
      _ = version
    } else if record.errors.isEmpty {
      record.fail("_format_version", "required field missing")
    }
    record.ignore(["_transform", "_comment", "_ignore", "_info", "_workspace"])
    record.unsupported(Self.unsupported)
    for (value, place) in record.records("services") { readService(value, place) }
    for (value, place) in record.records("routes") { readRoute(value, place, service: nil) }
    for (value, place) in record.records("plugins") {
      readPlugin(value, place, service: nil, route: nil)
    }
    if let settings = record.value("patchbay") {
      var reader = SettingsReader()
      configuration.settings = reader.read(settings, Place()["patchbay"])
      errors += reader.errors
    }
    errors += record.finish()
    resolveReferences()
    checkUniqueness()
  }

  private mutating func readService(_ value: ConfigurationValue, _ place: Place) {
    var record = RecordReader(value, at: place)
    var service = Service()
    service.place = place
    service.name = record.string("name") ?? ""
    service.id = record.string("id") ?? StableID.of("services", service.name, place)
    service.isSecure =
      record.oneOf("protocol", ["http", "https"]).map { $0 == "https" } ?? false
    service.host = record.string("host") ?? ""
    service.port = record.integer("port", in: 1...65535) ?? (service.isSecure ? 443 : 80)
    service.path = record.string("path") ?? ""
    if let url = record.string("url") { readURL(url, &service, &record) }
    service.retries = record.integer("retries", in: 0...32767) ?? 5
    let milliseconds = 1...2_147_483_646
    service.connectTimeout = record.integer("connect_timeout", in: milliseconds) ?? 60_000
    service.writeTimeout = record.integer("write_timeout", in: milliseconds) ?? 60_000
    service.readTimeout = record.integer("read_timeout", in: milliseconds) ?? 60_000
    service.isEnabled = record.boolean("enabled") ?? true
    service.tags = record.strings("tags")
    record.unsupported(["client_certificate", "ca_certificates", "tls_verify_depth"])
    record.ignore(["tls_verify", "created_at", "updated_at"])
    if service.host.isEmpty, record.errors.isEmpty {
      record.fail("host", "required field missing (or give a 'url')")
    }
    if !service.path.isEmpty, !service.path.hasPrefix("/") {
      record.fail("path", "should start with: /")
    }
    configuration.services.append(service)
    let index = configuration.services.count - 1
    for (value, place) in record.records("routes") { readRoute(value, place, service: index) }
    for (value, place) in record.records("plugins") {
      readPlugin(value, place, service: index, route: nil)
    }
    errors += record.finish()
  }

  private func readURL(_ url: String, _ service: inout Service, _ record: inout RecordReader) {
    guard
      let match = url.wholeMatch(
        of: /(https?):\/\/(\[[0-9A-Fa-f:.]+\]|[^\/:?#@\s]+)(?::([0-9]{1,5}))?(\/[^?#\s]*)?/)
    else { return record.fail("url", "expected a URL such as https://host:port/path") }
    service.isSecure = match.1 == "https"
    service.host =
      match.2.trimmingPrefix("[").last == "]"
      ? String(match.2.dropFirst().dropLast()) : String(match.2)
    service.port = match.3.flatMap { Int($0) } ?? (service.isSecure ? 443 : 80)
    service.path = match.4.map(String.init) ?? ""
    if !(1...65535).contains(service.port) {
      record.fail("url", "the port should be between 1 and 65535")
    }
  }

  private mutating func readRoute(
    _ value: ConfigurationValue, _ place: Place, service: Int?
  ) {
    var record = RecordReader(value, at: place)
    var route = Route()
    route.place = place
    route.service = service
    route.name = record.string("name") ?? ""
    route.id = record.string("id") ?? StableID.of("routes", route.name, place)
    route.paths = record.strings("paths")
    route.methods = record.strings("methods")
    route.hosts = record.strings("hosts")
    route.protocols = record.strings("protocols")
    route.stripPath = record.boolean("strip_path") ?? true
    route.preserveHost = record.boolean("preserve_host") ?? false
    route.regexPriority = record.integer("regex_priority", in: 0...Int(Int32.max)) ?? 0
    route.tags = record.strings("tags")
    record.unsupported(["headers", "snis", "sources", "destinations", "expression", "priority"])
    record.ignore([
      "path_handling", "https_redirect_status_code", "request_buffering", "response_buffering",
      "created_at", "updated_at",
    ])
    for (index, path) in route.paths.enumerated()
    where !path.hasPrefix("/") && !path.hasPrefix("~/") {
      record.fail(
        ConfigurationError(
          place["paths"][index], "should start with: / (fixed path) or ~/ (regex path)"))
    }
    if route.paths.isEmpty, route.methods.isEmpty, route.hosts.isEmpty, record.errors.isEmpty {
      record.fail("", "must set one of 'methods', 'hosts', 'headers', 'paths'")
    }
    configuration.routes.append(route)
    let index = configuration.routes.count - 1
    if service == nil {
      refer(&record, .service, from: .route(index))
    }
    for (value, place) in record.records("plugins") {
      readPlugin(value, place, service: nil, route: index)
    }
    errors += record.finish()
  }

  private mutating func readPlugin(
    _ value: ConfigurationValue, _ place: Place, service: Int?, route: Int?
  ) {
    var record = RecordReader(value, at: place)
    var plugin = PluginInstance()
    plugin.place = place
    plugin.service = service
    plugin.route = route
    plugin.name = record.string("name") ?? ""
    if plugin.name.isEmpty, record.errors.isEmpty { record.fail("name", "required field missing") }
    if !plugin.name.isEmpty, plugin.name.wholeMatch(of: /[a-z0-9][a-z0-9-]{0,63}/) == nil {
      record.fail("name", "is not the name of a plugin: lower-case letters, digits and dashes")
    }
    let label = record.string("instance_name") ?? ""
    plugin.id = record.string("id") ?? StableID.of("plugins", label, place)
    plugin.isEnabled = record.boolean("enabled") ?? true
    plugin.config = record.value("config") ?? ConfigurationValue(.object([]), line: value.line)
    if plugin.config.members == nil { record.fail("config", "expected an object") }
    plugin.tags = record.strings("tags")
    _ = record.strings("protocols")
    record.unsupported(["consumer", "consumer_group", "ordering", "condition", "partials"])
    record.ignore(["created_at", "updated_at"])
    configuration.plugins.append(plugin)
    let index = configuration.plugins.count - 1
    if service == nil { refer(&record, .service, from: .plugin(index)) }
    if route == nil { refer(&record, .route, from: .plugin(index)) }
    errors += record.finish()
  }

  /// Reads `service: name` or `service: {name: …}`.
  private mutating func refer(
    _ record: inout RecordReader, _ kind: PendingReference.Kind,
    from owner: PendingReference.Owner
  ) {
    guard let value = record.value(kind.rawValue) else { return }
    let named = value.members == nil ? value : value["name"] ?? value["id"] ?? value
    guard case .string(let name) = named.content else {
      return record.fail(kind.rawValue, "expected the name or id of a \(kind.rawValue)")
    }
    pending.append(
      PendingReference(
        owner: owner, kind: kind, name: name, place: record.place[kind.rawValue],
        line: value.line))
  }

  private mutating func resolveReferences() {
    for reference in pending {
      let index: Int?
      switch reference.kind {
      case .service:
        index = configuration.services.firstIndex {
          $0.name == reference.name || $0.id == reference.name
        }
      case .route:
        index = configuration.routes.firstIndex {
          $0.name == reference.name || $0.id == reference.name
        }
      }
      guard let index else {
        errors.append(
          ConfigurationError(
            reference.place, "there is no \(reference.kind.rawValue) '\(reference.name)'",
            line: reference.line))
        continue
      }
      switch (reference.owner, reference.kind) {
      case (.route(let route), _): configuration.routes[route].service = index
      case (.plugin(let plugin), .service): configuration.plugins[plugin].service = index
      case (.plugin(let plugin), .route): configuration.plugins[plugin].route = index
      }
    }
  }

  private mutating func checkUniqueness() {
    unique(configuration.services.map { ($0.name, $0.place) })
    unique(configuration.routes.map { ($0.name, $0.place) })
    var seen: Set<String> = []
    for plugin in configuration.plugins {
      let scope = "\(plugin.name) \(plugin.service ?? -1) \(plugin.route ?? -1)"
      if !seen.insert(scope).inserted {
        errors.append(
          ConfigurationError(
            plugin.place, "plugin '\(plugin.name)' is configured twice for the same scope"))
      }
    }
  }

  private mutating func unique(_ names: [(name: String, place: Place)]) {
    var seen: Set<String> = []
    for (name, place) in names where !name.isEmpty && !seen.insert(name).inserted {
      errors.append(ConfigurationError(place["name"], "'\(name)' is taken by another one"))
    }
  }
}

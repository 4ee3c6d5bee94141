// SPDX-License-Identifier: Apache-2.0

extension DeclarativeReader {
  mutating func readPlugin(
    _ value: ConfigurationValue, _ place: Place, service: Int? = nil, route: Int? = nil,
    consumer: Int? = nil, consumerGroup: Int? = nil
  ) {
    var record = RecordReader(value, at: place)
    var plugin = PluginInstance()
    plugin.place = place
    plugin.line = value.line
    plugin.service = service
    plugin.route = route
    plugin.consumer = consumer
    plugin.consumerGroup = consumerGroup
    plugin.name = record.string("name", Self.pluginName) ?? ""
    record.require("name")
    plugin.id = identify(&record, "plugins", by: "instance_name").id
    plugin.isEnabled = record.boolean("enabled") ?? true
    plugin.config = record.value("config") ?? ConfigurationValue(.object([]), line: value.line)
    if plugin.config.members == nil { record.fail("config", "expected a record") }
    plugin.tags = record.strings("tags", EntityRules.tag)
    let protocols = record.protocols(supported: ["grpc", "grpcs", "http", "https", "ws", "wss"])
    if !protocols.isEmpty, !protocols.contains("http"), !protocols.contains("https") {
      record.fail("protocols", "the plugin would never run: expected http or https among them")
    }
    plugin.protocols = protocols.filter { $0 == "http" || $0 == "https" }
    plugin.ordering = readOrdering(&record)
    record.unsupported(["condition", "partials"])
    record.ignore(["created_at", "updated_at"])
    // An entry that is none is not shown to a plugin when the rest of the file is checked.
    if plugin.name.isEmpty || plugin.config.members == nil { plugin.isEnabled = false }
    configuration.plugins.append(plugin)
    let index = configuration.plugins.count - 1
    if service == nil { refer(&record, .service, from: .plugin(index)) }
    if route == nil { refer(&record, .route, from: .plugin(index)) }
    if consumer == nil { refer(&record, .consumer, from: .plugin(index)) }
    if consumerGroup == nil { refer(&record, .consumerGroup, from: .plugin(index)) }
    checkConsumers(&record, consumer != nil, consumerGroup != nil, plugin.ordering)
    errors += record.finish()
  }

  private mutating func readOrdering(_ record: inout RecordReader) -> PluginOrdering {
    guard let value = record.value("ordering") else { return PluginOrdering() }
    var reader = RecordReader(value, at: record.place["ordering"])
    func names(_ side: String) -> [String] {
      guard let value = reader.value(side) else { return [] }
      var phases = RecordReader(value, at: reader.place[side])
      defer { errors += phases.finish() }
      return phases.strings("access", Self.pluginName)
    }
    let ordering = PluginOrdering(before: names("before"), after: names("after"))
    errors += reader.finish()
    return ordering
  }

  /// An entry is of one kind of consumers at most, and of them the order is that of everyone: who sends a request is known
  /// only when it has run through some of the plugins.
  private func checkConsumers(
    _ record: inout RecordReader, _ isConsumers: Bool, _ isGroups: Bool, _ ordering: PluginOrdering
  ) {
    let isConsumers = isConsumers || record.has("consumer")
    let isGroups = isGroups || record.has("consumer_group")
    if isConsumers, isGroups {
      record.fail("consumer_group", "cannot be set beside 'consumer'")
    }
    if !ordering.isEmpty, isConsumers || isGroups {
      record.fail("ordering", "cannot be set for a plugin of a consumer or consumer group")
    }
  }

  /// Names in `ordering` that are of no plugin of the file: nothing would come of them.
  mutating func checkOrderings() {
    let names = Set(configuration.plugins.map(\.name))
    for plugin in configuration.plugins {
      for (side, others) in [("before", plugin.ordering.before), ("after", plugin.ordering.after)] {
        for (index, name) in others.enumerated() where !names.contains(name) {
          errors.append(
            ConfigurationError(
              plugin.place["ordering"][side]["access"][index],
              "there is no plugin '\(name)' in this configuration", line: plugin.line))
        }
      }
    }
  }

  private static func pluginName(_ text: String) -> String? {
    text.wholeMatch(of: /[a-z0-9][a-z0-9-]{0,63}/) == nil
      ? "is not the name of a plugin: lower-case letters, digits and dashes" : nil
  }
}

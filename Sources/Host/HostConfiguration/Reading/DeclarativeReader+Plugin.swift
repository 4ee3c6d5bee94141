// SPDX-License-Identifier: Apache-2.0

extension DeclarativeReader {
  mutating func readPlugin(
    _ value: ConfigurationValue, _ place: Place, service: Int? = nil, route: Int? = nil,
    consumer: Int? = nil
  ) {
    var record = RecordReader(value, at: place)
    var plugin = PluginInstance()
    plugin.place = place
    plugin.line = value.line
    plugin.service = service
    plugin.route = route
    plugin.consumer = consumer
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
    record.unsupported(["consumer_group", "ordering", "condition", "partials"])
    record.ignore(["created_at", "updated_at"])
    // An entry that is none is not shown to a plugin when the rest of the file is checked.
    if plugin.name.isEmpty || plugin.config.members == nil { plugin.isEnabled = false }
    configuration.plugins.append(plugin)
    let index = configuration.plugins.count - 1
    if service == nil { refer(&record, .service, from: .plugin(index)) }
    if route == nil { refer(&record, .route, from: .plugin(index)) }
    if consumer == nil { refer(&record, .consumer, from: .plugin(index)) }
    errors += record.finish()
  }

  private static func pluginName(_ text: String) -> String? {
    text.wholeMatch(of: /[a-z0-9][a-z0-9-]{0,63}/) == nil
      ? "is not the name of a plugin: lower-case letters, digits and dashes" : nil
  }
}

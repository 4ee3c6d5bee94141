// SPDX-License-Identifier: Apache-2.0

/// A plugin's JSON Schema in the form in which Kong tells the schemas of plugins.
package enum PluginSchema {
  /// The answer to `/schemas/plugins/NAME`; nil: the schema is no JSON.
  package static func document(of schema: [UInt8]) -> [UInt8]? {
    guard let root = try? YAMLReader.parse(String(decoding: schema, as: UTF8.self)).value else {
      return nil
    }
    var config = field(root, isRequired: true)
    if config["fields"] == nil { config = config.with("fields", ConfigurationValue(.array([]))) }
    let protocols = ConfigurationValue.list(["grpc", "grpcs", "http", "https"])
    let set = ConfigurationValue(
      .object([
        .init(name: "type", value: .text("set")),
        .init(name: "required", value: .yes),
        .init(name: "default", value: protocols),
        .init(
          name: "elements",
          value: ConfigurationValue(
            .object([
              .init(name: "type", value: .text("string")), .init(name: "one_of", value: protocols),
            ]))),
      ]))
    let document = ConfigurationValue(
      .object([
        .init(name: "entity_checks", value: ConfigurationValue(.array([]))),
        .init(
          name: "fields",
          value: ConfigurationValue(
            .array([named("protocols", set), named("config", config)]))),
      ]))
    return document.json(revealing: false)
  }

  private static func named(_ name: String, _ field: ConfigurationValue) -> ConfigurationValue {
    ConfigurationValue(.object([.init(name: name, value: field)]))
  }

  private static func field(_ schema: ConfigurationValue, isRequired: Bool) -> ConfigurationValue {
    var members: [ConfigurationValue.Member] = []
    func add(_ name: String, _ value: ConfigurationValue?) {
      if let value { members.append(.init(name: name, value: value)) }
    }
    let type = schema["type"]?.text ?? "any"
    switch (type, schema["properties"]?.members) {
    case ("object", let properties?):
      let required = schema["required"]?.elements?.compactMap(\.text) ?? []
      add("type", .text("record"))
      add(
        "fields",
        ConfigurationValue(
          .array(
            properties.map {
              named($0.name, field($0.value, isRequired: required.contains($0.name)))
            })))
    case ("object", nil):
      add("type", .text("map"))
      add("keys", ConfigurationValue(.object([.init(name: "type", value: .text("string"))])))
      if let values = schema["additionalProperties"], values.members != nil {
        add("values", field(values, isRequired: true))
      }
    case ("array", _):
      add("type", .text("array"))
      if let items = schema["items"] { add("elements", field(items, isRequired: true)) }
    default: add("type", .text(type))
    }
    add("required", ConfigurationValue(.bool(isRequired)))
    add("default", schema["default"])
    add("description", schema["description"])
    add("one_of", schema["enum"])
    if let low = schema["minimum"], let high = schema["maximum"] {
      add("between", ConfigurationValue(.array([low, high])))
    }
    add("gt", schema["exclusiveMinimum"])
    add("len_min", schema["minLength"] ?? schema["minItems"] ?? schema["minProperties"])
    add("len_max", schema["maxLength"] ?? schema["maxItems"] ?? schema["maxProperties"])
    if schema["x-secret"]?.content == .bool(true) {
      add("referenceable", .yes)
      add("encrypted", .yes)
    }
    return ConfigurationValue(.object(members))
  }
}

extension ConfigurationValue {
  fileprivate static var yes: ConfigurationValue { ConfigurationValue(.bool(true)) }

  fileprivate func with(_ name: String, _ value: ConfigurationValue) -> ConfigurationValue {
    ConfigurationValue(.object((members ?? []) + [.init(name: name, value: value)]))
  }
}

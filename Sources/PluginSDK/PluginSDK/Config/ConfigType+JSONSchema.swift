// SPDX-License-Identifier: Apache-2.0

extension ConfigType {
  /// The type in JSON Schema 2020-12. Checks that span fields have no counterpart there.
  var jsonSchema: JSONObject {
    var schema = JSONObject()
    switch kind {
    case .string: schema["type"] = "string"
    case .integer: schema["type"] = "integer"
    case .number: schema["type"] = "number"
    case .boolean: schema["type"] = "boolean"
    case .any: break
    case .array(let element):
      schema["type"] = "array"
      schema["items"] = .object(element.jsonSchema)
    case .map(let element):
      schema["type"] = "object"
      schema["additionalProperties"] = .object(element.jsonSchema)
    case .record(let fields, _):
      schema["type"] = "object"
      schema["properties"] = .object(
        JSONObject(fields.fields.map { ($0.name, .object($0.type.jsonSchema)) }))
      let required = fields.fields.filter(\.type.mustBeGiven).map { JSONValue.string($0.name) }
      if !required.isEmpty { schema["required"] = .array(required) }
      schema["additionalProperties"] = false
    }
    schema["description"] = summary.map { .string($0) }
    schema["default"] = defaultValue
    if deprecation != nil { schema["deprecated"] = true }
    if isSecret { schema["x-secret"] = true }
    for rule in rules { Self.add(rule, to: &schema) }
    return schema
  }

  /// Whether a config without it is always refused.
  private var mustBeGiven: Bool {
    guard isRequired, defaultValue == nil else { return false }
    guard case .record(let fields, _) = kind else { return true }
    return fields.fields.contains { $0.type.mustBeGiven }
  }

  private static func add(_ rule: Rule, to schema: inout JSONObject) {
    let isObject = schema["type"] == "object"
    switch rule {
    case .oneOf(let values): schema["enum"] = .array(values)
    case .between(let low, let high):
      schema["minimum"] = .double(low)
      schema["maximum"] = .double(high)
    case .greaterThan(let limit): schema["exclusiveMinimum"] = .double(limit)
    // JSON Schema counts characters, the rule counts bytes: a lower bound of either is the same for 1.
    case .minLength(let limit): schema["minLength"] = .int(limit > 0 ? 1 : 0)
    case .maxLength(let limit): schema["maxLength"] = .int(limit)
    case .minCount(let limit): schema[isObject ? "minProperties" : "minItems"] = .int(limit)
    case .maxCount(let limit): schema[isObject ? "maxProperties" : "maxItems"] = .int(limit)
    case .startsWith(let prefix): schema["pattern"] = .string("^" + escaped(prefix))
    case .check: break
    case .url: schema["format"] = "uri"
    }
  }
  /// The text as a regular expression that matches it alone.
  private static func escaped(_ text: String) -> String {
    text.map { #"\^$.|?*+()[]{}"#.contains($0) ? "\\\($0)" : "\($0)" }.joined()
  }
}

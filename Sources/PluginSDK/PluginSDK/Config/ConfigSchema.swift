// SPDX-License-Identifier: Apache-2.0

/// What a plugin's config object may hold: its fields, and checks that span fields.
///
/// Most plugins need none: the schema is inferred from `Config`. One is written where values have
/// bounds, or fields depend on each other:
///
/// ```swift
/// static let schema = ConfigSchema([
///   "path": .string.required.minLength(1),
///   "retries": .integer.default(3).between(0, 100),
/// ])
/// ```
///
/// Unknown fields are errors, and `null` means absent. What is absent gets its default; a required
/// record is filled with the defaults of its fields.
public struct ConfigSchema: Sendable {
  let root: ConfigType

  /// A schema of these fields.
  public init(_ fields: ConfigFields, checks: [ConfigCheck] = []) {
    root = ConfigType.record(fields, checks: checks).required
  }

  /// The schema that the type's own `Codable` conformance describes.
  ///
  /// Properties with values (of a ``DefaultedConfig``) and optional ones may be left out, others are
  /// required. String enums that are `CaseIterable` list their cases.
  ///
  /// - Precondition: every stored type is a scalar, a ``Secret``, a string enum, an array, a
  ///   dictionary with strings as keys, a ``JSONValue`` or a struct of these.
  public init(inferredFrom type: any Decodable.Type) {
    let root = ConfigInference.infer(type)
    precondition(root.isRecord, "the config of a plugin is an object, not \(type)")
    self.root = root.required
  }

  /// The schema in JSON Schema 2020-12. Secrets are marked with `"x-secret": true`.
  public var jsonSchema: JSONValue {
    var schema = root.jsonSchema
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return .object(schema)
  }

  /// The config with defaults filled in, and all that is wrong with it.
  public func validate(_ config: JSONValue) -> (config: JSONValue, diagnostics: [ConfigDiagnostic])
  {
    var validation = ConfigValidation()
    let completed = validation.complete(config.isNull ? .object(JSONObject()) : config, as: root)
    return (completed ?? .object(JSONObject()), validation.diagnostics)
  }
}

/// Named fields of a record, in order. Written as a dictionary literal; `+` joins two.
public struct ConfigFields: Sendable, ExpressibleByDictionaryLiteral {
  var fields: [(name: String, type: ConfigType)]

  /// The fields, in this order.
  public init(dictionaryLiteral elements: (String, ConfigType)...) {
    fields = elements.map { (name: $0.0, type: $0.1) }
  }

  init(_ fields: [(name: String, type: ConfigType)]) { self.fields = fields }

  /// The fields of both; of two with one name, the right one counts.
  public static func + (left: ConfigFields, right: ConfigFields) -> ConfigFields {
    var joined = left
    for field in right.fields {
      if let index = joined.fields.firstIndex(where: { $0.name == field.name }) {
        joined.fields[index] = field
      } else {
        joined.fields.append(field)
      }
    }
    return joined
  }

  func type(of name: some StringProtocol) -> ConfigType? {
    fields.first { $0.name == name }?.type
  }
}

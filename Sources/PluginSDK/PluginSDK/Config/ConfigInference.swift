// SPDX-License-Identifier: Apache-2.0

/// Infers a ``ConfigType`` from a type's `Decodable` conformance.
///
/// The type is decoded from nothing: each request of its initializer is noted and answered with the
/// default value, or with a stand-in. So a synthesized conformance tells its keys, their types and
/// which are optional.
enum ConfigInference {
  static func infer(_ type: any Decodable.Type) -> ConfigType {
    var defaults: JSONValue?
    if let defaulted = type as? any DefaultedConfig.Type {
      defaults = (try? JSONBytesEncoder.encode(defaulted.init())).flatMap { bytes in
        try? bytes.withUnsafeBytes { try JSONValue(parsing: $0) }
      }
    }
    return probe(type, defaults).type
  }

  fileprivate static func probe<T: Decodable>(
    _ type: T.Type, _ fallback: JSONValue?
  ) -> (type: ConfigType, value: T?) {
    let given = fallback.flatMap { try? JSONValueDecoder.decode(type, from: $0) }
    if let leaf = leaf(type) {
      return (leaf, given ?? standIn(for: leaf, type))
    }
    let decoder = ProbeDecoder(fallback: fallback)
    let value = given ?? (try? T(from: decoder))
    if given != nil { _ = try? T(from: decoder) }
    return (decoder.result, value)
  }

  /// The type when it is no struct of its own.
  private static func leaf(_ type: any Decodable.Type) -> ConfigType? {
    switch type {
    case is String.Type: return .string
    case is Bool.Type: return .boolean
    case is Double.Type, is Float.Type: return .number
    case is any FixedWidthInteger.Type: return .integer
    case is Secret.Type: return .string.secret
    case is JSONValue.Type: return .any
    case let type as any InferredCollection.Type: return type.configType
    case let type as any CaseIterable.Type: return cases(type).map { .string.oneOf($0) }
    default: return nil
    }
  }

  private static func cases<T: CaseIterable>(_ type: T.Type) -> [JSONValue]? {
    let names = type.allCases.map { ($0 as? any RawRepresentable)?.rawValue as? String }
    guard !names.isEmpty, !names.contains(nil) else { return nil }
    return names.compactMap { $0.map { .string($0) } }
  }

  private static func standIn<T: Decodable>(for leaf: ConfigType, _ type: T.Type) -> T? {
    let value: JSONValue
    switch leaf.kind {
    case .string:
      if case .oneOf(let values)? = leaf.rules.first {
        value = values.first ?? ""
      } else {
        value = ""
      }
    case .integer, .number: value = 0
    case .boolean: value = false
    case .array: value = []
    case .map, .record: value = [:]
    case .any: value = .null
    }
    return try? JSONValueDecoder.decode(type, from: value)
  }
}

/// Collections whose element type says what a config holds.
private protocol InferredCollection {
  static var configType: ConfigType { get }
}

extension Array: InferredCollection where Element: Decodable {
  static var configType: ConfigType { .array(of: ConfigInference.probe(Element.self, nil).type) }
}

extension Set: InferredCollection where Element: Decodable {
  static var configType: ConfigType { .array(of: ConfigInference.probe(Element.self, nil).type) }
}

extension Dictionary: InferredCollection where Key == String, Value: Decodable {
  static var configType: ConfigType { .map(of: ConfigInference.probe(Value.self, nil).type) }
}

extension Optional: InferredCollection where Wrapped: Decodable {
  static var configType: ConfigType { ConfigInference.probe(Wrapped.self, nil).type }
}

/// Answers what a `Decodable` initializer asks for, and notes it.
private final class ProbeDecoder: Decoder {
  let fallback: JSONValue?
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  var fields: [(name: String, type: ConfigType)] = []
  /// Set by a type that is no record: it decodes itself from one value.
  var single: ConfigType?

  init(fallback: JSONValue?) { self.fallback = fallback }

  var result: ConfigType { single ?? .record(ConfigFields(fields)) }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(ProbeKeyed(decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw Unsupported(what: "an unkeyed container")
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { ProbeSingle(decoder: self) }

  func note<T: Decodable>(_ type: T.Type, _ name: String, isOptional: Bool) throws -> T {
    let given = fallback?[name]
    let found = ConfigInference.probe(type, given)
    var field = found.type
    if !field.isRecord { field.defaultValue = given }
    field.isRequired = !isOptional && (field.isRecord || given == nil)
    if !fields.contains(where: { $0.name == name }) { fields.append((name, field)) }
    precondition(
      found.value != nil,
      "the schema of '\(name)' (\(type)) cannot be inferred: declare the plugin's `schema`")
    guard let value = found.value else { throw Unsupported(what: name) }
    return value
  }

  struct Unsupported: Error { let what: String }
}

private final class ProbeKeyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: ProbeDecoder
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }
  /// `decodeIfPresent` asks whether the key is there before it decodes; `decode` does not.
  private var optionalName: String?

  init(decoder: ProbeDecoder) { self.decoder = decoder }

  func contains(_ key: Key) -> Bool {
    optionalName = key.stringValue
    return true
  }

  func decodeNil(forKey key: Key) -> Bool { false }

  private func note<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T {
    defer { optionalName = nil }
    return try decoder.note(type, key.stringValue, isOptional: optionalName == key.stringValue)
  }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try note(type, key) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try note(type, key) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try note(type, key) }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try note(type, key) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    throw ProbeDecoder.Unsupported(what: key.stringValue)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw ProbeDecoder.Unsupported(what: key.stringValue)
  }

  func superDecoder() throws -> any Decoder { throw ProbeDecoder.Unsupported(what: "super") }
  func superDecoder(forKey key: Key) throws -> any Decoder {
    throw ProbeDecoder.Unsupported(what: key.stringValue)
  }
}

private struct ProbeSingle: SingleValueDecodingContainer {
  let decoder: ProbeDecoder
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { false }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    let found = ConfigInference.probe(type, decoder.fallback)
    decoder.single = found.type
    guard let value = found.value else { throw ProbeDecoder.Unsupported(what: "\(type)") }
    return value
  }

  func decode(_ type: Bool.Type) throws -> Bool { try note(type) }
  func decode(_ type: String.Type) throws -> String { try note(type) }
  func decode(_ type: Double.Type) throws -> Double { try note(type) }
  private func note<T: Decodable>(_ type: T.Type) throws -> T {
    let found = ConfigInference.probe(type, decoder.fallback)
    decoder.single = found.type
    guard let value = found.value else { throw ProbeDecoder.Unsupported(what: "\(type)") }
    return value
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Reads the fields of one object, and says all that is wrong with it: types, values, and fields that nobody asked for.
struct RecordReader {
  let place: Place
  private let members: [ConfigurationValue.Member]
  /// Where the object begins.
  let line: Int
  private let isRecord: Bool
  private(set) var known: Set<String> = []
  private(set) var errors: [ConfigurationError] = []

  init(_ value: ConfigurationValue, at place: Place) {
    self.place = place
    line = value.line
    members = value.members ?? []
    isRecord = value.members != nil
    if value.members == nil {
      errors.append(
        ConfigurationError(place, "expected a record, found \(value.kind)", line: value.line))
    }
  }

  /// The field's value; null is absent.
  mutating func value(_ name: String) -> ConfigurationValue? {
    known.insert(name)
    let value = members.first { $0.name == name }?.value
    return value?.content == .null ? nil : value
  }

  mutating func fail(_ name: String, _ message: String) {
    let line = members.first { $0.name == name }?.value.line ?? self.line
    errors.append(ConfigurationError(name.isEmpty ? place : place[name], message, line: line))
  }

  /// Whether the field is there and not null.
  func has(_ name: String) -> Bool {
    members.contains { $0.name == name && $0.value.content != .null }
  }

  /// Whether a field of many values names none; one of a wrong type names something.
  func isAbsentOrEmpty(_ name: String) -> Bool {
    guard has(name), let value = members.first(where: { $0.name == name })?.value else {
      return true
    }
    return value.elements?.isEmpty == true || value.members?.isEmpty == true
  }

  /// Says so when the field is missing.
  mutating func require(_ name: String) {
    // Of what is no record nothing else can be said.
    if isRecord, !has(name) { fail(name, "required field missing") }
  }

  /// - Parameter rule: what is wrong with a value, if anything.
  mutating func string(_ name: String, _ rule: EntityRules.Rule = { _ in nil }) -> String? {
    guard let value = value(name) else { return nil }
    return Self.text(value, rule) { fail(name, $0) }
  }

  /// Vault references stand for values of plugins' configs only: everything else is shown by logs and answers.
  private static func text(
    _ value: ConfigurationValue, _ rule: EntityRules.Rule, _ fail: (String) -> Void
  ) -> String? {
    switch value.content {
    case .string(""): fail("length must be at least 1")
    case .string(let text):
      guard let wrong = rule(text) else { return text }
      fail(wrong)
    case .secret: fail("a vault reference can stand in the config of a plugin only")
    default: fail("expected a string")
    }
    return nil
  }

  /// A text that never shows itself, whether it stands in the file or a vault reference for it.
  mutating func secret(_ name: String) -> ConfigurationValue.Content? {
    guard let value = value(name) else { return nil }
    switch value.content {
    case .string(""): fail(name, "length must be at least 1")
    case .string(let text): return .secret(reference: "[secret]", value: SecretString(text))
    case .secret: return value.content
    default: fail(name, "expected a string")
    }
    return nil
  }

  /// The text itself, for whoever needs it and shows it nowhere.
  mutating func secretText(_ name: String) -> SecretString? {
    guard case .secret(_, let text) = secret(name) else { return nil }
    return text
  }

  mutating func boolean(_ name: String) -> Bool? {
    guard let value = value(name) else { return nil }
    guard case .bool(let bool) = value.content else {
      fail(name, "expected a boolean")
      return nil
    }
    return bool
  }

  mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
    guard let value = value(name) else { return nil }
    guard case .number(let text) = value.content, let number = Int(text) else {
      fail(name, "expected an integer")
      return nil
    }
    guard range.contains(number) else {
      fail(name, "value should be between \(range.lowerBound) and \(range.upperBound)")
      return nil
    }
    return number
  }

  /// The values of an array field; `rule` says what is wrong with one, if anything.
  mutating func strings(_ name: String, _ rule: EntityRules.Rule = { _ in nil }) -> [String] {
    records(name).compactMap { element, place in
      Self.text(element, rule) { errors.append(ConfigurationError(place, $0, line: element.line)) }
    }
  }

  /// A field that is a map of arrays of texts; `rule` says what is wrong with an entry, if anything.
  mutating func map(
    _ name: String, _ rule: (String, [String]) -> String?
  ) -> [(name: String, values: [String])] {
    guard let value = value(name) else { return [] }
    guard let members = value.members else {
      fail(name, "expected a map")
      return []
    }
    return members.map { member in
      let place = place[name][member.name]
      var entry = RecordReader(
        ConfigurationValue(.object([member]), line: member.value.line), at: self.place[name])
      let values = entry.strings(member.name)
      errors += entry.errors
      if entry.errors.isEmpty, let wrong = rule(member.name, values) {
        errors.append(ConfigurationError(place, wrong, line: member.value.line))
      }
      return (member.name, values)
    }
  }

  /// The field `protocols`.
  mutating func protocols(supported: [String]) -> [String] {
    strings("protocols") { name in
      guard EntityRules.protocols.contains(name) else {
        return "expected one of: \(EntityRules.protocols.joined(separator: ", "))"
      }
      return supported.contains(name) ? nil : "'\(name)' is not supported yet"
    }
  }

  /// The records of an array field.
  mutating func records(_ name: String) -> [(value: ConfigurationValue, place: Place)] {
    guard let value = value(name) else { return [] }
    guard let elements = value.elements else {
      fail(name, "expected an array")
      return []
    }
    return elements.enumerated().map { ($1, place[name][$0]) }
  }

  /// One of the values.
  mutating func oneOf(_ name: String, _ values: [String]) -> String? {
    guard let text = string(name) else { return nil }
    guard values.contains(text) else {
      fail(name, "expected one of: \(values.joined(separator: ", "))")
      return nil
    }
    return text
  }

  /// Bytes: a number, or one with a unit: `8MiB`.
  mutating func bytes(_ name: String, least: Int = 1) -> Int? {
    guard let value = value(name) else { return nil }
    let text: String
    switch value.content {
    case .number(let number): text = number
    case .string(let string): text = string
    default:
      fail(name, "expected a size such as 1048576 or 8MiB")
      return nil
    }
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1), ("", 1)]
    for (unit, factor) in units where text.hasSuffix(unit) {
      if let number = Int(text.dropLast(unit.count)), number >= least,
        !number.multipliedReportingOverflow(by: factor).overflow
      {
        return number * factor
      }
    }
    fail(name, "expected a size such as 1048576 or 8MiB")
    return nil
  }

  /// Fields that Kong knows and this version does not do: said, not passed over.
  mutating func unsupported(_ names: [String]) {
    for name in names {
      guard let value = value(name) else { continue }
      if case .array(let elements) = value.content, elements.isEmpty { continue }
      fail(name, "is not supported yet")
    }
  }

  /// Fields that Kong knows and that change nothing here.
  mutating func ignore(_ names: [String]) {
    for name in names { known.insert(name) }
  }

  /// All that is wrong, fields that nobody asked for included.
  func finish() -> [ConfigurationError] {
    var errors = errors
    for member in members where !known.contains(member.name) {
      let near = known.min { distance($0, member.name) < distance($1, member.name) }
      let hint =
        near.map { distance($0, member.name) <= max(1, $0.count / 3) } == true
        ? "; did you mean '\(near ?? "")'?" : ""
      errors.append(
        ConfigurationError(place[member.name], "unknown field\(hint)", line: member.value.line))
    }
    return errors
  }

  /// Edits from one word to the other.
  private func distance(_ one: String, _ other: String) -> Int {
    let (one, other) = (Array(one.utf8), Array(other.utf8))
    var row = Array(0...other.count)
    for (index, byte) in one.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, candidate) in other.enumerated() {
        let above = row[column + 1]
        row[column + 1] = min(
          above + 1, row[column] + 1, diagonal + (byte == candidate ? 0 : 1))
        diagonal = above
      }
    }
    return row[other.count]
  }
}

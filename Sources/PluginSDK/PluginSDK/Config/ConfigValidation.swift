// SPDX-License-Identifier: Apache-2.0

/// Completes a config with its defaults and collects everything that is wrong with it.
///
/// The messages are Kong's own, so that what users know and search for stays true.
struct ConfigValidation {
  private(set) var diagnostics: [ConfigDiagnostic] = []
  private var pointer: String

  init(pointer: String = "") { self.pointer = pointer }

  /// The value with defaults; nil when it is absent and may be.
  mutating func complete(_ given: JSONValue?, as type: ConfigType) -> JSONValue? {
    var value = given.flatMap { $0.isNull ? nil : $0 }
    if value != nil, let deprecation = type.deprecation {
      report("deprecated: \(deprecation)", isWarning: true)
    }
    if value == nil { value = type.defaultValue }
    if value == nil, type.isRequired, type.isRecord { value = .object(JSONObject()) }
    guard let value else {
      if type.isRequired { report("required field missing") }
      return nil
    }
    return conform(value, to: type)
  }

  private mutating func conform(_ value: JSONValue, to type: ConfigType) -> JSONValue {
    switch (type.kind, value) {
    case (.string, .string), (.boolean, .bool), (.number, .number), (.any, _):
      break
    case (.integer, .number(let number)) where number.int != nil:
      break
    case (.array(let element), .array(let elements)):
      return obey(type, array(elements, of: element))
    case (.map(let element), .object(let object)):
      return obey(type, map(object, of: element))
    case (.record(let fields, let checks), .object(let object)):
      return obey(type, record(object, fields, checks))
    case (.string, _): return mismatch("expected a string", value)
    case (.integer, _): return mismatch("expected an integer", value)
    case (.number, _): return mismatch("expected a number", value)
    case (.boolean, _): return mismatch("expected a boolean", value)
    case (.array, _): return mismatch("expected an array", value)
    case (.map, _): return mismatch("expected a map", value)
    case (.record, _): return mismatch("expected a record", value)
    }
    return obey(type, value)
  }

  private mutating func mismatch(_ message: String, _ value: JSONValue) -> JSONValue {
    report(message)
    return value
  }

  private mutating func array(_ elements: [JSONValue], of type: ConfigType) -> JSONValue {
    var completed: [JSONValue] = []
    completed.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      let value = at("\(index)") { $0.complete(element, as: type.required) }
      completed.append(value ?? .null)
    }
    return .array(completed)
  }

  private mutating func map(_ object: JSONObject, of type: ConfigType) -> JSONValue {
    var completed = JSONObject()
    for member in object.members {
      completed[member.name] = at(member.name) { $0.complete(member.value, as: type.required) }
    }
    return .object(completed)
  }

  private mutating func record(
    _ object: JSONObject, _ fields: ConfigFields, _ checks: [ConfigCheck]
  ) -> JSONValue {
    let before = errorCount
    var completed = JSONObject()
    for field in fields.fields {
      completed[field.name] = at(field.name) { $0.complete(object[field.name], as: field.type) }
    }
    for member in object.members where fields.type(of: member.name) == nil {
      at(member.name) { $0.report("unknown field") }
    }
    let isValid = errorCount == before
    for check in checks where isValid || !check.onlyWhenValid {
      for found in check.diagnose(.object(completed)) {
        report(found.message, below: found.pointer, isWarning: found.isWarning)
      }
    }
    return .object(completed)
  }

  private mutating func obey(_ type: ConfigType, _ value: JSONValue) -> JSONValue {
    // A secret is a handle here: rules about its value cannot be checked.
    guard !type.isSecret else { return value }
    for rule in type.rules {
      if let message = Self.violation(of: rule, by: value) { report(message) }
    }
    return value
  }

  private static func violation(of rule: ConfigType.Rule, by value: JSONValue) -> String? {
    let length = value.text?.utf8.count ?? 0
    let count = value.array?.count ?? value.object?.members.count ?? 0
    let number = value.double ?? 0
    let isRight: Bool
    let message: String
    switch rule {
    case .oneOf(let values):
      isRight = values.contains(value)
      message =
        "expected one of: \(values.map { $0.text ?? $0.description }.joined(separator: ", "))"
    case .between(let low, let high):
      isRight = number >= low && number <= high
      message = "value should be between \(spelled(low)) and \(spelled(high))"
    case .greaterThan(let limit):
      isRight = number > limit
      message = "value must be greater than \(spelled(limit))"
    case .minLength(let limit):
      isRight = length >= limit
      message = "length must be at least \(limit)"
    case .maxLength(let limit):
      isRight = length <= limit
      message = "length must be at most \(limit)"
    case .minCount(let limit):
      isRight = count >= limit
      message = "length must be at least \(limit)"
    case .maxCount(let limit):
      isRight = count <= limit
      message = "length must be at most \(limit)"
    case .startsWith(let prefix):
      isRight = value.text?.hasPrefix(prefix) ?? false
      message = "should start with: \(prefix)"
    case .url:
      isRight = isURL(value.text ?? "")
      message = "missing host in url"
    case .check(let body):
      return body(value)
    }
    return isRight ? nil : message
  }

  private static func spelled(_ limit: Double) -> String {
    JSONNumber(limit)?.text ?? limit.description
  }

  /// Scheme, host and nothing that can end a line: what a URL must have to be used at all.
  private static func isURL(_ text: String) -> Bool {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
    for scheme in ["http://", "https://"] where text.lowercased().hasPrefix(scheme) {
      guard let first = text.utf8.dropFirst(scheme.utf8.count).first else { return false }
      return !"/:?#".utf8.contains(first)
    }
    return false
  }

  private var errorCount: Int { diagnostics.count { !$0.isWarning } }

  @discardableResult
  private mutating func at<R>(_ step: String, _ body: (inout Self) -> R) -> R {
    let outer = pointer
    pointer += "/" + JSONPointer.escape(step)
    defer { pointer = outer }
    return body(&self)
  }

  private mutating func report(_ message: String, below: String = "", isWarning: Bool = false) {
    diagnostics.append(ConfigDiagnostic(pointer + below, message, isWarning: isWarning))
  }
}

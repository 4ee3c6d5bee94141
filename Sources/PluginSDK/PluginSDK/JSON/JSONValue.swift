// SPDX-License-Identifier: Apache-2.0

/// A JSON value (RFC 8259) that keeps the order of members and the spelling of numbers.
///
/// It is made for configurations and log fields: trees of a few kilobytes. Message bodies stay bytes.
public indirect enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// A number without a fraction.
  public static func int(_ value: some BinaryInteger) -> JSONValue {
    .number(JSONNumber(text: String(value)))
  }

  /// A number. JSON has no spelling for infinities and NaN: they become `null`.
  public static func double(_ value: Double) -> JSONValue {
    JSONNumber(value).map { .number($0) } ?? .null
  }

  /// Parses a whole document.
  ///
  /// - Throws: ``JSONError`` with the offset at which it stops to be JSON.
  public init(parsing text: String) throws {
    var text = text
    self = try text.withUTF8 { try JSONValue(parsing: UnsafeRawBufferPointer($0)) }
  }

  /// Parses a whole document of UTF-8 bytes.
  ///
  /// - Throws: ``JSONError`` with the offset at which it stops to be JSON.
  public init(parsing bytes: UnsafeRawBufferPointer) throws {
    var parser = JSONParser(bytes)
    self = try parser.document()
  }

  /// The member of an object; nil when there is none or when this is no object.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let object) = self else { return nil }
    return object[name]
  }

  /// The string, if it is one.
  public var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The boolean, if it is one.
  public var bool: Bool? {
    guard case .bool(let bool) = self else { return nil }
    return bool
  }

  /// The number as an integer, if it is a whole one that fits.
  public var int: Int? {
    guard case .number(let number) = self else { return nil }
    return number.int
  }

  /// The number, if it is one.
  public var double: Double? {
    guard case .number(let number) = self else { return nil }
    return number.double
  }

  /// The elements, if it is an array.
  public var array: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The members, if it is an object.
  public var object: JSONObject? {
    guard case .object(let object) = self else { return nil }
    return object
  }

  /// Whether this is `null`.
  public var isNull: Bool { self == .null }

  /// Missing, null, and empty strings, arrays and objects.
  var isEmpty: Bool {
    switch self {
    case .null: true
    case .bool, .number: false
    case .string(let text): text.isEmpty
    case .array(let elements): elements.isEmpty
    case .object(let object): object.isEmpty
    }
  }

  /// The value at a JSON pointer (RFC 6901); nil when a step of it is missing.
  public func at(_ pointer: String) -> JSONValue? {
    guard !pointer.isEmpty else { return self }
    var value = self
    for step in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      let name = JSONPointer.unescape(step)
      switch value {
      case .object(let object):
        guard let member = object[name] else { return nil }
        value = member
      case .array(let elements):
        guard let index = Int(name), elements.indices.contains(index) else { return nil }
        value = elements[index]
      case .null, .bool, .number, .string:
        return nil
      }
    }
    return value
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// The text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// The boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// The integer.
  public init(integerLiteral value: Int) { self = .int(value) }
  /// The number.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object, its members in this order.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(elements))
  }
}

extension JSONValue: CustomStringConvertible {
  /// The value as compact JSON.
  public var description: String {
    String(decoding: JSONWriter.bytes(of: self), as: UTF8.self)
  }
}

/// The members of a JSON object, in their order. Of members with one name, the last counts.
public struct JSONObject: Sendable, Hashable {
  /// The members in their order.
  public private(set) var members: [(name: String, value: JSONValue)] = []

  /// An object of these members.
  public init(_ members: [(String, JSONValue)] = []) {
    var names = NamePlaces<String>()
    self.members.reserveCapacity(members.count)
    for (name, value) in members {
      let (place, isNew) = names.place(of: name)
      if isNew {
        self.members.append((name, value))
      } else {
        self.members[place].value = value
      }
    }
  }

  /// An object of members of which no two have one name.
  package init(unique members: [(name: String, value: JSONValue)]) { self.members = members }

  /// Whether it has no members.
  public var isEmpty: Bool { members.isEmpty }

  /// The member of a name. Setting adds at the end, or replaces in place; nil removes.
  public subscript(name: String) -> JSONValue? {
    get { members.last { $0.name == name }?.value }
    set {
      let index = members.lastIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append((name, value))
      case (nil, nil): break
      }
    }
  }

  /// Whether both have the same members, in any order.
  public static func == (lhs: JSONObject, rhs: JSONObject) -> Bool {
    lhs.members.count == rhs.members.count && lhs.members.allSatisfy { rhs[$0.name] == $0.value }
  }

  /// Hashes the value.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(members.count)
  }
}

/// A JSON number in its own spelling, so that `1.0` and 20 digits survive.
public struct JSONNumber: Sendable {
  /// As it is written in JSON.
  public let text: String

  init(text: String) { self.text = text }

  /// The shortest spelling that reads back as the same value; nil for infinities and NaN.
  public init?(_ value: Double) {
    guard value.isFinite else { return nil }
    if value == value.rounded(), abs(value) < 1e15 {
      text = String(Int64(value))
    } else {
      text = value.description
    }
  }

  /// The value, rounded to what a `Double` can hold.
  public var double: Double { Double(text) ?? 0 }

  /// The value, if it is whole and fits.
  public var int: Int? { Int(text) ?? Int(exactly: double) }
}

extension JSONNumber: Hashable {
  /// Whether both are the same number, however they are spelled.
  public static func == (lhs: JSONNumber, rhs: JSONNumber) -> Bool {
    lhs.text == rhs.text || lhs.double == rhs.double
  }

  /// Hashes the value.
  public func hash(into hasher: inout Hasher) { hasher.combine(double) }
}

/// Why bytes are not JSON, or not what they should be.
public struct JSONError: Error, CustomStringConvertible {
  /// What is wrong.
  public let message: String
  /// Bytes from the start of the document.
  public let offset: Int

  /// Code or place, and message.
  public var description: String { "\(message) at byte \(offset)" }
}

/// The spelling of one step of a JSON pointer (RFC 6901).
enum JSONPointer {
  static func escape(_ step: some StringProtocol) -> String {
    var escaped = ""
    for character in step.unicodeScalars {
      switch character {
      case "~": escaped += "~0"
      case "/": escaped += "~1"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  static func unescape(_ step: some StringProtocol) -> String {
    guard step.contains("~") else { return String(step) }
    var unescaped = ""
    var afterTilde = false
    for character in step.unicodeScalars {
      if afterTilde {
        unescaped += character == "1" ? "/" : "~"
        afterTilde = false
      } else if character == "~" {
        afterTilde = true
      } else {
        unescaped.unicodeScalars.append(character)
      }
    }
    return unescaped
  }
}

// SPDX-License-Identifier: Apache-2.0

/// The value of a variable: a typed fact that one plugin sets and others subscribe to.
public enum Variable: Sendable, Hashable {
  case text(String)
  case integer(Int64)
  case number(Double)
  case boolean(Bool)
  case json(JSONValue)

  /// The text, if it is one.
  public var text: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  /// The integer, or a number that is whole.
  public var integer: Int64? {
    switch self {
    case .integer(let integer): integer
    case .number(let number): Int64(exactly: number)
    case .text, .boolean, .json: nil
    }
  }

  /// The number, or the integer as one.
  public var number: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    case .text, .boolean, .json: nil
    }
  }

  /// The boolean, if it is one.
  public var boolean: Bool? {
    guard case .boolean(let boolean) = self else { return nil }
    return boolean
  }

  /// Any of them as JSON.
  public var json: JSONValue {
    switch self {
    case .text(let text): .string(text)
    case .integer(let integer): .int(integer)
    case .number(let number): .double(number)
    case .boolean(let boolean): .bool(boolean)
    case .json(let json): json
    }
  }
}

extension Variable: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  /// The text.
  public init(stringLiteral value: String) { self = .text(value) }
  /// The integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// The number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// The boolean.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

// SPDX-License-Identifier: Apache-2.0

/// The type of a config value, and the rules that it obeys. Made by chaining:
/// `.string.oneOf("a", "b").required`.
public struct ConfigType: Sendable {
  indirect enum Kind: Sendable {
    case string, integer, number, boolean, any
    case array(ConfigType)
    case map(ConfigType)
    case record(ConfigFields, [ConfigCheck])
  }

  enum Rule: Sendable {
    case oneOf([JSONValue])
    case between(Double, Double)
    case greaterThan(Double)
    case minLength(Int)
    case maxLength(Int)
    case minCount(Int)
    case maxCount(Int)
    case startsWith(String)
    case url
    case check(@Sendable (JSONValue) -> String?)
  }

  let kind: Kind
  var isRequired = false
  var isSecret = false
  var defaultValue: JSONValue?
  var deprecation: String?
  var summary: String?
  var rules: [Rule] = []

  init(_ kind: Kind) { self.kind = kind }

  var isRecord: Bool {
    guard case .record = kind else { return false }
    return true
  }

  /// A string.
  public static var string: ConfigType { ConfigType(.string) }
  /// A number without a fraction.
  public static var integer: ConfigType { ConfigType(.integer) }
  /// A number.
  public static var number: ConfigType { ConfigType(.number) }
  /// `true` or `false`.
  public static var boolean: ConfigType { ConfigType(.boolean) }
  /// Any JSON value.
  public static var any: ConfigType { ConfigType(.any) }
  /// A list.
  public static func array(of element: ConfigType) -> ConfigType { ConfigType(.array(element)) }
  /// An object with names of the user's choice.
  public static func map(of value: ConfigType) -> ConfigType { ConfigType(.map(value)) }
  /// An object with these fields.
  public static func record(_ fields: ConfigFields, checks: [ConfigCheck] = []) -> ConfigType {
    ConfigType(.record(fields, checks))
  }

  /// It must be there. A required record that is absent is filled with its fields' defaults.
  public var required: ConfigType { with { $0.isRequired = true } }
  /// The value reaches the plugin as a ``Secret``: a handle that only the host can open.
  public var secret: ConfigType { with { $0.isSecret = true } }
  /// The value where none is given.
  public func `default`(_ value: JSONValue) -> ConfigType { with { $0.defaultValue = value } }
  /// Accepted with a warning that says what to use instead.
  public func deprecated(_ message: String) -> ConfigType { with { $0.deprecation = message } }
  /// What the field is for; part of the JSON Schema.
  public func describe(_ text: String) -> ConfigType { with { $0.summary = text } }

  /// One of these values.
  public func oneOf(_ values: JSONValue...) -> ConfigType { oneOf(values) }
  /// One of these values.
  public func oneOf(_ values: [JSONValue]) -> ConfigType { rule(.oneOf(values)) }
  /// A number in these bounds, both included.
  public func between(_ low: Double, _ high: Double) -> ConfigType { rule(.between(low, high)) }
  /// A number above this one.
  public func greaterThan(_ limit: Double) -> ConfigType { rule(.greaterThan(limit)) }
  /// A string of at least so many bytes.
  public func minLength(_ count: Int) -> ConfigType { rule(.minLength(count)) }
  /// A string of at most so many bytes.
  public func maxLength(_ count: Int) -> ConfigType { rule(.maxLength(count)) }
  /// An array or map with at least so many elements.
  public func minCount(_ count: Int) -> ConfigType { rule(.minCount(count)) }
  /// An array or map with at most so many elements.
  public func maxCount(_ count: Int) -> ConfigType { rule(.maxCount(count)) }
  /// A string that begins like this.
  public func startsWith(_ prefix: String) -> ConfigType { rule(.startsWith(prefix)) }
  /// A string that is an absolute http or https URL with a host.
  public var url: ConfigType { rule(.url) }
  /// A rule of the plugin's own: the message, or nil when the value is right.
  public func check(_ body: @escaping @Sendable (JSONValue) -> String?) -> ConfigType {
    rule(.check(body))
  }

  private func rule(_ rule: Rule) -> ConfigType { with { $0.rules.append(rule) } }

  private func with(_ change: (inout ConfigType) -> Void) -> ConfigType {
    var copy = self
    change(&copy)
    return copy
  }
}

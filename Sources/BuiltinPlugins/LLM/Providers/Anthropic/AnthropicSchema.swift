// SPDX-License-Identifier: Apache-2.0

/// JSON Schemas as the API can make grammars of them. What it cannot is told the model in the description, as
/// Anthropic's own SDKs do.
enum AnthropicSchema {
  /// The schema with every object closed and nothing in it that the API refuses.
  ///
  /// Its depth is that of a JSON text, which is bounded.
  static func closed(_ schema: JSONTree) -> JSONTree {
    guard case .object(let members) = schema else { return schema }
    var kept: [JSONTree.Member] = []
    var told: [JSONTree.Member] = []
    for member in members {
      switch member.key {
      case "type", "description", "title", "enum", "const", "default", "$ref", "required":
        kept.append(member)
      case "properties", "$defs", "definitions":
        let key = member.key == "definitions" ? "$defs" : member.key
        kept.append(.init(key, eachMember(member.value)))
      case "items":
        kept.append(.init(member.key, closed(member.value)))
      case "anyOf", "oneOf", "allOf":
        let key = member.key == "oneOf" ? "anyOf" : member.key
        kept.append(.init(key, eachElement(member.value)))
      case "format" where formats.contains(member.value.string ?? ""):
        kept.append(member)
      case "minItems" where member.value == .zero || member.value == .one:
        kept.append(member)
      case "additionalProperties":
        if member.value != .boolean(false) { told.append(member) }
      // Annotations: there is nothing in them that an answer could break.
      case "$schema", "$id", "$comment", "strict": break
      default: told.append(member)
      }
    }
    if isObject(schema) { kept.append(.init("additionalProperties", .boolean(false))) }
    return .object(told.isEmpty ? kept : described(kept, told))
  }

  private static let formats: Set<String> = [
    "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid",
  ]

  private static func isObject(_ schema: JSONTree) -> Bool {
    switch schema["type"] {
    case .string(let type): type == "object"
    case .array(let types): types.contains(.string("object"))
    default: schema["properties"] != nil
    }
  }

  private static func eachMember(_ tree: JSONTree) -> JSONTree {
    guard case .object(let members) = tree else { return tree }
    return .object(members.map { .init($0.key, closed($0.value)) })
  }

  private static func eachElement(_ tree: JSONTree) -> JSONTree {
    guard case .array(let elements) = tree else { return tree }
    return .array(elements.map { closed($0) })
  }

  /// The members with what cannot be enforced in the description: `{minimum: 1, maximum: 10}`.
  private static func described(
    _ members: [JSONTree.Member], _ told: [JSONTree.Member]
  ) -> [JSONTree.Member] {
    let rules = told.map { "\($0.key): \($0.value.text.string)" }.joined(separator: ", ")
    let before = JSONTree.object(members)["description"]?.string.map { $0 + "\n\n" } ?? ""
    return members.filter { $0.key != "description" }
      + [.init("description", .string(before + "{\(rules)}"))]
  }
}

extension JSONTree {
  fileprivate static var zero: JSONTree { .number(.integer(0)) }
  fileprivate static var one: JSONTree { .number(.integer(1)) }

  /// The content of a string; nil for other values.
  fileprivate var string: String? {
    if case .string(let text) = self { text } else { nil }
  }
}

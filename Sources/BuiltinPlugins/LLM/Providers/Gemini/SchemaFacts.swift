// SPDX-License-Identifier: Apache-2.0

/// What one JSON Schema says, without those in it.
struct SchemaFacts {
  /// The types, in Google's words, `null` aside.
  private(set) var types: [String] = []
  private(set) var isNullable = false
  private(set) var description: JSONText?
  private(set) var reference: String?
  /// Of `anyOf`, `oneOf` or `allOf`, whose name is `union`.
  private(set) var alternatives: [JSONNode] = []
  private(set) var union = ""
  private(set) var properties: JSONNode?
  private(set) var required: [String] = []
  private(set) var additionalProperties: JSONNode?
  private(set) var items: JSONNode?
  private(set) var format: String?
  /// The texts that are allowed.
  private(set) var choices: [String] = []
  /// Whether something else is allowed that Google cannot be told: a number, an empty text.
  private(set) var hasOtherChoices = false
  /// What Google knows by the same name.
  private(set) var copied: [UnknownField] = []
  /// What it does not know.
  private(set) var unknown: [String] = []

  init(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    for (key, value) in try node.decodedMembers(in: bytes) {
      try read(key, value, in: bytes)
    }
  }

  /// Whether a value has to be all of the alternatives.
  var isConjunction: Bool { union == "allOf" }

  /// The one type, as it is written or follows from the rest; nil if there is none, or are several.
  var type: String? {
    if types.count == 1 { return types[0] }
    guard types.isEmpty else { return nil }
    if properties != nil { return "OBJECT" }
    if items != nil { return "ARRAY" }
    if !choices.isEmpty { return "STRING" }
    return isNullable ? "NULL" : nil
  }

  private mutating func read(
    _ key: String, _ value: JSONNode, in bytes: RawSpan
  ) throws(JSONError) {
    switch key {
    case "type":
      if let name = value.string(in: bytes) { add(type: name) }
      let names = try value.mapElements(in: bytes) { $0.string(in: bytes) }
      for name in names { add(type: name ?? "") }
    case "nullable": isNullable = isNullable || value.kind == .true
    case "description": description = value.text(in: bytes)
    case "$ref": reference = value.string(in: bytes)
    case "anyOf", "oneOf", "allOf":
      if !union.isEmpty { unknown.append(union) }
      union = key
      alternatives = try value.mapElements(in: bytes) { $0 }
    case "properties": properties = value
    case "required":
      required = try value.mapElements(in: bytes) { $0.string(in: bytes) ?? "" }
    case "additionalProperties": additionalProperties = value
    case "items":
      items = value
    case "format": format = value.string(in: bytes)
    case "enum":
      for choice in try value.mapElements(in: bytes, { $0 }) { add(choice: choice, in: bytes) }
    case "const": add(choice: value, in: bytes)
    case "prefixItems": hasOtherChoices = true
    case "example": copied.append(UnknownField(key, value.text(in: bytes)))
    default:
      if SchemaKeyword.isCopied(key) {
        copied.append(UnknownField(key, value.text(in: bytes)))
      } else if !SchemaKeyword.isRemark(key) {
        unknown.append(key)
      }
    }
  }

  private mutating func add(type name: String) {
    if name.lowercased() == "null" {
      isNullable = true
    } else {
      types.append(name.uppercased())
    }
  }

  private mutating func add(choice: JSONNode, in bytes: RawSpan) {
    if choice.isNull {
      isNullable = true
    } else if let text = choice.string(in: bytes), !text.isEmpty {
      choices.append(text)
    } else {
      hasOtherChoices = true
    }
  }

  /// Whether Google takes a format: it refuses others instead of ignoring them.
  static func isKnown(format: String, of type: String) -> Bool {
    switch type {
    case "STRING": format == "date-time" || format == "enum"
    case "INTEGER": format == "int32" || format == "int64"
    case "NUMBER": format == "float" || format == "double"
    default: false
    }
  }
}

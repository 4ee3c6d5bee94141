// SPDX-License-Identifier: Apache-2.0

/// Writes a JSON Schema with the keywords that Gemini knows in `parametersJsonSchema` and `responseJsonSchema`.
struct JSONSchemaWriter {
  private(set) var notes = Unsupported()

  /// A schema, and all that are in it.
  mutating func schema(
    _ node: JSONNode, _ place: String, in bytes: RawSpan
  ) throws(JSONError) -> JSONText {
    guard node.kind == .object else { return node.text(in: bytes) }
    let members = try node.decodedMembers(in: bytes)
    let isReference = members.contains { $0.key == "$ref" }
    var written: [UnknownField] = []
    for (key, value) in members {
      // Beside a reference only what begins with `$` may stand.
      if isReference, !key.hasPrefix("$"), key != "definitions" {
        notes.note("\(place).\(key)")
      } else if let member = try member(key, value, "\(place).\(key)", in: bytes) {
        written.append(member)
      }
    }
    return JSONText(object: written)
  }

  private mutating func member(
    _ key: String, _ value: JSONNode, _ place: String, in bytes: RawSpan
  ) throws(JSONError) -> UnknownField? {
    switch key {
    case "$ref":
      let target = value.string(in: bytes) ?? ""
      let old = "#/definitions/"
      let isOld = target.hasPrefix(old)
      return UnknownField(
        key, .string(isOld ? "#/$defs/" + target.dropFirst(old.count) : target))
    case "properties", "$defs", "definitions":
      var schemas: [UnknownField] = []
      for (name, inner) in try value.decodedMembers(in: bytes) {
        schemas.append(UnknownField(name, try schema(inner, "\(place).\(name)", in: bytes)))
      }
      return UnknownField(key == "definitions" ? "$defs" : key, JSONText(object: schemas))
    case "anyOf", "oneOf", "prefixItems":
      var schemas: [JSONText] = []
      for (index, inner) in try value.mapElements(in: bytes, { $0 }).enumerated() {
        schemas.append(try schema(inner, "\(place)[\(index)]", in: bytes))
      }
      return UnknownField(key, JSONText(array: schemas))
    case "items", "additionalProperties":
      return UnknownField(key, try schema(value, place, in: bytes))
    case "const": return UnknownField("enum", JSONText(array: [value.text(in: bytes)]))
    case "$id", "$anchor", "type", "enum", "format", "required":
      return UnknownField(key, value.text(in: bytes))
    default:
      if SchemaKeyword.isCopied(key) { return UnknownField(key, value.text(in: bytes)) }
      if !SchemaKeyword.isRemark(key) { notes.note(place) }
      return nil
    }
  }
}

extension JSONText {
  /// An object of members whose text is there.
  init(object members: [UnknownField]) {
    self.init { $0.object { for one in members { $0.member(one.key, one.value) } } }
  }

  /// An array of values whose text is there.
  init(array values: [JSONText]) {
    self.init { $0.array { for value in values { $0.text(value) } } }
  }
}

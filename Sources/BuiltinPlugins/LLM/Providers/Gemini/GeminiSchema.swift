// SPDX-License-Identifier: Apache-2.0

/// A client's JSON Schema in one of the two forms that Gemini reads.
///
/// The older form is Google's `Schema`, a part of OpenAPI 3.0 that every model knows: references are put in place,
/// unions with `null` become `nullable`. What it cannot say (free-form objects, recursion, tuples, numbers as choices)
/// goes as JSON Schema instead, of which newer models know a part. What neither form knows is noted.
///
/// `additionalProperties: false` is not noted where it is left out: Gemini adds none to an object with properties.
struct GeminiSchema {
  /// Whether it is JSON Schema.
  let isJSONSchema: Bool
  let text: JSONText

  /// Nil if the schema allows any object, which Gemini is told by no schema at all.
  init?(_ schema: JSONText, at place: String, isVertex: Bool, _ notes: inout Unsupported) {
    let span = schema.bytes.span.bytes
    guard let root = try? JSONNode(scanning: span), root.kind == .object,
      (try? Self.isAnyObject(root, in: span)) == false
    else {
      return nil
    }
    var own = OpenAPISchemaWriter(root, isVertex: isVertex)
    if let text = try? own.write(at: place, in: span), own.isExpressible {
      isJSONSchema = false
      self.text = text
      for place in own.notes.places { notes.note(place) }
      return
    }
    var other = JSONSchemaWriter()
    guard let text = try? other.schema(root, place, in: span) else {
      notes.note(place)
      return nil
    }
    isJSONSchema = true
    self.text = text
    for place in other.notes.places { notes.note(place) }
  }

  /// Whether a schema says no more than that the value is an object.
  private static func isAnyObject(
    _ root: JSONNode, in bytes: RawSpan
  ) throws(JSONError) -> Bool {
    var members = JSONMembers(of: root)
    while let member = try members.next(in: bytes) {
      switch member.key.string(in: bytes) {
      case "type", "$schema", "title", "description", "required", "$defs", "definitions": continue
      case "properties":
        if !member.value.isEmpty(in: bytes) { return false }
      case "additionalProperties":
        if member.value.kind == .object, !member.value.isEmpty(in: bytes) { return false }
      default: return false
      }
    }
    return true
  }
}

/// What a keyword of JSON Schema is to Gemini.
enum SchemaKeyword {
  /// Says nothing about values: left out, and nothing is lost.
  static func isRemark(_ key: String) -> Bool {
    switch key {
    case "$schema", "$id", "$comment", "$anchor", "$defs", "definitions": true
    default: false
    }
  }

  /// A limit that both forms know and that is copied.
  static func isCopied(_ key: String) -> Bool {
    switch key {
    case "title", "description", "minItems", "maxItems", "minimum", "maximum", "minLength",
      "maxLength", "minProperties", "maxProperties", "pattern", "default", "propertyOrdering":
      true
    default: false
    }
  }
}

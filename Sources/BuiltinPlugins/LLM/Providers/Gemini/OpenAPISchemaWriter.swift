// SPDX-License-Identifier: Apache-2.0

/// Writes a JSON Schema as Google's `Schema`, as long as that can say what it means.
struct OpenAPISchemaWriter {
  private(set) var notes = Unsupported()
  /// Whether everything so far could be said. Once it could not, what is written means nothing.
  private(set) var isExpressible = true
  private let root: JSONNode
  private let isVertex: Bool
  /// The references that are being put in place: one that meets itself has no end.
  private var following: [String] = []
  /// References that may still be put in place, so that a small schema cannot become a huge one.
  private var referencesLeft = 200

  init(_ root: JSONNode, isVertex: Bool) {
    self.root = root
    self.isVertex = isVertex
  }

  /// The whole schema.
  mutating func write(at place: String, in bytes: RawSpan) throws(JSONError) -> JSONText {
    try schema(root, place, Context(), in: bytes)
  }

  /// What a schema gets from the one that stands for it: a reference, or a union with `null`.
  private struct Context {
    var description: JSONText?
    var isNullable = false
  }

  private mutating func schema(
    _ node: JSONNode, _ place: String, _ context: Context, in bytes: RawSpan
  ) throws(JSONError) -> JSONText {
    guard isExpressible, node.kind == .object else { return giveUp() }
    let facts = try SchemaFacts(node, in: bytes)
    for key in facts.unknown { notes.note("\(place).\(key)") }
    var context = context
    context.description = facts.description ?? context.description
    context.isNullable = context.isNullable || facts.isNullable
    if let reference = facts.reference {
      return try target(of: reference, facts, place, context, in: bytes)
    }
    if !facts.alternatives.isEmpty {
      return try union(facts, place, context, in: bytes)
    }
    return try value(facts, place, context, in: bytes)
  }

  private mutating func giveUp() -> JSONText {
    isExpressible = false
    return .null
  }

  // MARK: - References and unions

  private mutating func target(
    of reference: String, _ facts: SchemaFacts, _ place: String, _ context: Context,
    in bytes: RawSpan
  ) throws(JSONError) -> JSONText {
    guard reference.hasPrefix("#/"), !following.contains(reference), referencesLeft > 0 else {
      return giveUp()
    }
    referencesLeft -= 1
    let path = reference.dropFirst(2).split(separator: "/").map { JSONStep.key(String($0)) }
    guard let node = try root.value(at: path, in: bytes) else { return giveUp() }
    for field in facts.copied where field.key != "title" { notes.note("\(place).\(field.key)") }
    following.append(reference)
    defer { following.removeLast() }
    return try schema(node, place, context, in: bytes)
  }

  private mutating func union(
    _ facts: SchemaFacts, _ place: String, _ context: Context, in bytes: RawSpan
  ) throws(JSONError) -> JSONText {
    // A union of conditions on one type cannot be said, nor can a type that has to be all of several.
    guard facts.types.isEmpty, facts.properties == nil,
      !facts.isConjunction || facts.alternatives.count == 1
    else {
      return giveUp()
    }
    var context = context
    var others: [(Int, JSONNode)] = []
    for (index, node) in facts.alternatives.enumerated() {
      if try Self.isNull(node, in: bytes) {
        context.isNullable = true
      } else {
        others.append((index, node))
      }
    }
    // Vertex refuses everything that stands beside `anyOf`.
    for field in facts.copied where field.key != "title" { notes.note("\(place).\(field.key)") }
    let place = "\(place).\(facts.union)"
    if others.count == 1 {
      return try schema(others[0].1, "\(place)[\(others[0].0)]", context, in: bytes)
    }
    var schemas: [JSONText] = []
    let inner = Context(description: context.description)
    for (index, node) in others {
      schemas.append(try schema(node, "\(place)[\(index)]", inner, in: bytes))
    }
    if context.isNullable {
      schemas.append(JSONText(object: [UnknownField("type", .string("NULL"))]))
    }
    return JSONText(object: [UnknownField("anyOf", JSONText(array: schemas))])
  }

  private static func isNull(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) -> Bool {
    if try node.member("type", in: bytes)?.isString("null", in: bytes) == true { return true }
    return try node.member("const", in: bytes)?.isNull == true
  }

  // MARK: - Values

  private mutating func value(
    _ facts: SchemaFacts, _ place: String, _ context: Context, in bytes: RawSpan
  ) throws(JSONError) -> JSONText {
    guard let type = facts.type else { return giveUp() }
    var members = [UnknownField("type", .string(type))]
    if context.isNullable, type != "NULL" {
      members.append(UnknownField("nullable", .boolean(true)))
    }
    if let description = context.description {
      members.append(UnknownField("description", description))
    }
    members += facts.copied
    if let format = facts.format {
      if SchemaFacts.isKnown(format: format, of: type) {
        members.append(UnknownField("format", .string(format)))
      } else {
        notes.note("\(place).format")
      }
    }
    if !facts.choices.isEmpty || facts.hasOtherChoices {
      guard type == "STRING", !facts.hasOtherChoices else { return giveUp() }
      members.append(UnknownField("enum", JSONText(array: facts.choices.map { .string($0) })))
    }
    if type == "OBJECT" { members += try object(facts, place, in: bytes) }
    if type == "ARRAY" {
      guard let items = facts.items else { return giveUp() }
      members.append(
        UnknownField("items", try schema(items, "\(place).items", Context(), in: bytes)))
    }
    return JSONText(object: members)
  }

  private mutating func object(
    _ facts: SchemaFacts, _ place: String, in bytes: RawSpan
  ) throws(JSONError) -> [UnknownField] {
    var members: [UnknownField] = []
    let properties = try facts.properties?.decodedMembers(in: bytes) ?? []
    if properties.isEmpty { _ = giveUp() }
    var written: [UnknownField] = []
    for (name, node) in properties {
      let text = try schema(node, "\(place).properties.\(name)", Context(), in: bytes)
      written.append(UnknownField(name, text))
    }
    members.append(UnknownField("properties", JSONText(object: written)))
    let required = facts.required.filter { name in properties.contains { $0.key == name } }
    if required.count < facts.required.count { notes.note("\(place).required") }
    if !required.isEmpty {
      members.append(UnknownField("required", JSONText(array: required.map { .string($0) })))
    }
    guard let others = facts.additionalProperties else { return members }
    switch (others.kind, isVertex) {
    case (.object, false): _ = giveUp()
    case (.object, true):
      let place = "\(place).additionalProperties"
      let text = try schema(others, place, Context(), in: bytes)
      members.append(UnknownField("additionalProperties", text))
    case (_, true):
      members.append(UnknownField("additionalProperties", others.text(in: bytes)))
    case (.true, false): notes.note("\(place).additionalProperties")
    default: break
    }
    return members
  }
}

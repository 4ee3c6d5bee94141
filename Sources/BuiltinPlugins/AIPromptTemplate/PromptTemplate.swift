// SPDX-License-Identifier: Apache-2.0

import LLM

/// A body with variables, taken apart once.
///
/// A variable stands inside of a JSON string, where any text may take its place, or in place of a whole value, where only
/// a number, `true`, `false` or `null` may. So no value can change the structure of the body.
struct PromptTemplate: Sendable {
  private enum Piece: Sendable {
    case text([UInt8])
    case variable(String, inString: Bool)
  }

  /// Why a template cannot be used.
  struct Invalid: Error, CustomStringConvertible {
    let description: String
  }

  private let pieces: [Piece]
  /// Whether the template itself says whether the answer is streamed.
  private let saysStream: Bool

  init(_ template: String) throws(Invalid) {
    let bytes = Array(template.utf8)
    let variables = TemplateVariable.all(in: bytes)
    var pieces: [Piece] = []
    var position = 0
    for variable in variables {
      pieces.append(.text(Array(bytes[position..<variable.range.lowerBound])))
      pieces.append(.variable(variable.name, inString: variable.isInString))
      position = variable.range.upperBound
    }
    pieces.append(.text(Array(bytes[position...])))
    self.pieces = pieces
    // As they are, then with nothing, a letter and another value: what is JSON with all of them is JSON with any.
    try Self.checkKeys(Self.filled(pieces, nil, "0"))
    var saysStream = false
    for (text, value) in [("", "0"), ("x", "null")] {
      saysStream = try Self.root(of: Self.filled(pieces, text, value)).saysStream
    }
    self.saysStream = saysStream
  }

  /// The body.
  ///
  /// - Parameter streaming: Members of the client's request that are added unless the template has `stream`.
  /// - Throws: for variables without a value, and for values that their places cannot take.
  func rendered(
    with properties: [String: String], _ streaming: [(key: String, value: JSONText)]
  ) throws(RequestProblem) -> [UInt8] {
    var missing: [String] = []
    var body: [UInt8] = []
    for piece in pieces {
      switch piece {
      case .text(let text): body += text
      case .variable(let name, let isInString):
        guard let value = properties[name] else {
          if !missing.contains(name) { missing.append(name) }
          continue
        }
        if isInString {
          JSONWriter.appendEscaped(value, to: &body)
        } else {
          body += try Self.scalar(value, name)
        }
      }
    }
    guard missing.isEmpty else {
      let names = missing.map { "[\($0)]" }.joined(separator: ", ")
      throw RequestProblem(message: "missing template parameters: \(names)")
    }
    if saysStream || streaming.isEmpty { return body }
    return Self.adding(streaming, to: body)
  }

  /// A value that stands for itself.
  private static func scalar(_ value: String, _ name: String) throws(RequestProblem) -> [UInt8] {
    let bytes = Array(value.utf8)
    switch (try? JSONNode.validated(in: bytes.span.bytes))?.kind {
    case .number, .true, .false, .null: return bytes
    case .string, .array, .object, nil:
      throw RequestProblem(
        message: "template parameter [\(name)] must be a number, true, false or null")
    }
  }

  private static func adding(
    _ members: [(key: String, value: JSONText)], to body: [UInt8]
  ) -> [UInt8] {
    let bytes = body.span.bytes
    var edit = JSONEdit()
    for member in members { edit.set(member.key, to: member.value) }
    guard let root = try? JSONNode(scanning: bytes),
      let splices = try? edit.splices(in: bytes, object: root)
    else { return body }  // what is rendered is an object, so this is not met
    return Splice.apply(splices, to: bytes)
  }

  // MARK: - Checks

  /// - Parameter text: Nil: variables in strings stay as they are.
  private static func filled(_ pieces: [Piece], _ text: String?, _ value: String) -> [UInt8] {
    pieces.flatMap { piece -> [UInt8] in
      switch piece {
      case .text(let bytes): bytes
      case .variable(let name, inString: true): Array((text ?? "{{\(name)}}").utf8)
      case .variable(_, inString: false): Array(value.utf8)
      }
    }
  }

  /// A body's object, and whether it has `stream`.
  private static func root(
    of body: [UInt8]
  ) throws(Invalid) -> (node: JSONNode, saysStream: Bool) {
    let bytes = body.span.bytes
    let root: JSONNode
    do throws(JSONError) {
      root = try JSONNode.validated(in: bytes)
    } catch {
      throw Invalid(description: "a template must be a JSON object: \(error)")
    }
    guard root.kind == .object else {
      throw Invalid(description: "a template must be a JSON object")
    }
    return (root, (try? root.member("stream", in: bytes)) != nil)
  }

  /// A name that a client chooses could be one that decides what the model sees.
  private static func checkKeys(_ body: [UInt8]) throws(Invalid) {
    let root = try root(of: body).node
    // The bytes were validated, so that nothing is thrown.
    if (try? hasVariableKey(root, body.span.bytes)) != false {
      throw Invalid(description: "a variable cannot be the name of a member")
    }
  }

  private static func hasVariableKey(_ node: JSONNode, _ bytes: RawSpan) throws(JSONError) -> Bool {
    var elements = JSONElements(of: node)
    while let element = try elements.next(in: bytes) {
      if try hasVariableKey(element, bytes) { return true }
    }
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      let key = Array((member.key.string(in: bytes) ?? "").utf8)
      if !TemplateVariable.all(in: key).isEmpty { return true }
      if try hasVariableKey(member.value, bytes) { return true }
    }
    return false
  }
}

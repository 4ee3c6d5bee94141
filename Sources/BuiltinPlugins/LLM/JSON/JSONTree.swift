// SPDX-License-Identifier: Apache-2.0

/// A JSON value as a tree, for the few places where a whole message is mapped to another shape.
///
/// Numbers keep their spelling, members their order and their duplicates.
package enum JSONTree: Equatable, Sendable {
  /// `null`
  case null
  /// `true` or `false`
  case boolean(Bool)
  /// A number, as it was spelled.
  case number(JSONText)
  /// A string, decoded.
  case string(String)
  /// An array.
  case array([JSONTree])
  /// An object.
  case object([Member])

  /// One member of an object.
  package struct Member: Equatable, Sendable {
    /// The key, decoded.
    package var key: String
    /// The value.
    package var value: JSONTree

    /// A member.
    package init(_ key: String, _ value: JSONTree) {
      self.key = key
      self.value = value
    }
  }

  /// The tree of a node. Its depth is bounded by ``JSONLimits/maximumDepth``, and so is the
  /// recursion here.
  package init(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    switch node.kind {
    case .null: self = .null
    case .true: self = .boolean(true)
    case .false: self = .boolean(false)
    case .number: self = .number(node.text(in: bytes))
    case .string: self = .string(node.string(in: bytes) ?? "")
    case .array:
      var values: [JSONTree] = []
      var elements = JSONElements(of: node)
      while let element = try elements.next(in: bytes) {
        values.append(try JSONTree(element, in: bytes))
      }
      self = .array(values)
    case .object:
      var values: [Member] = []
      var members = JSONMembers(of: node)
      while let member = try members.next(in: bytes) {
        values.append(
          Member(member.key.string(in: bytes) ?? "", try JSONTree(member.value, in: bytes)))
      }
      self = .object(values)
    }
  }

  /// The tree of a whole text, which is validated.
  package init(parsing bytes: [UInt8]) throws(JSONError) {
    let span = bytes.span.bytes
    try self.init(JSONNode.validated(in: span), in: span)
  }

  /// The value of a member; of duplicates the last. Nil if there is none or this is no object.
  package subscript(key: String) -> JSONTree? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  /// Writes the value.
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .null: writer.null()
    case .boolean(let value): writer.boolean(value)
    case .number(let text): writer.text(text)
    case .string(let value): writer.string(value)
    case .array(let values):
      writer.array { for value in values { value.write(to: &$0) } }
    case .object(let members):
      writer.object {
        for member in members {
          $0.key(member.key)
          member.value.write(to: &$0)
        }
      }
    }
  }

  /// The compact text of the value.
  package var text: JSONText { JSONText { write(to: &$0) } }
}

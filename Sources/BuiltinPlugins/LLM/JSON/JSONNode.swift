// SPDX-License-Identifier: Apache-2.0

/// One JSON value found in a span of bytes: what it is, and the range of its text.
///
/// A node owns nothing. It means something only together with the span in which it was found, which
/// is handed to each of its methods.
package struct JSONNode: Equatable, Sendable {
  /// The type of a value.
  package enum Kind: UInt8, Equatable, Sendable {
    /// `null`
    case null
    /// `false`
    case `false`
    /// `true`
    case `true`
    /// A number; its spelling is kept.
    case number
    /// A string; its range includes both quotation marks.
    case string
    /// An array; its range includes both brackets.
    case array
    /// An object; its range includes both braces.
    case object
  }

  /// The type of the value.
  package var kind: Kind
  /// Whether a string contains a backslash, so that its text differs from its content.
  package var hasEscapes: Bool
  /// The offset of the first byte of the text.
  package var start: Int
  /// The offset behind the last byte of the text.
  package var end: Int

  /// A value of a kind, at a place.
  package init(kind: Kind, start: Int, end: Int, hasEscapes: Bool = false) {
    self.kind = kind
    self.hasEscapes = hasEscapes
    self.start = start
    self.end = end
  }

  /// The place of the text.
  package var range: Range<Int> { start..<end }

  /// Whether the value is `null`.
  package var isNull: Bool { kind == .null }

  /// The truth value of `true` and `false`, nil for everything else.
  package var boolean: Bool? {
    switch kind {
    case .true: true
    case .false: false
    case .null, .number, .string, .array, .object: nil
    }
  }
}

/// One member of an object. A key may occur more than once in an object: each occurrence is a
/// member.
package struct JSONMember: Equatable, Sendable {
  /// The key, a node of kind ``JSONNode/Kind/string``.
  package var key: JSONNode
  /// The value.
  package var value: JSONNode
}

// SPDX-License-Identifier: Apache-2.0

/// Why bytes could not be read as JSON, and where.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong. A struct, so that codes can be added.
  package struct Code: Equatable, Sendable {
    fileprivate enum Value: String {
      case truncated = "the text ends in the middle of a value"
      case unexpectedByte = "unexpected byte"
      case invalidNumber = "invalid number"
      case invalidEscape = "invalid escape sequence"
      case controlCharacter = "unescaped control character in a string"
      case invalidUTF8 = "invalid UTF-8"
      case tooDeep = "nested too deeply"
      case trailingBytes = "bytes after the value"
      case wrongType = "a value of another type is in the way"
    }

    fileprivate let value: Value

    /// The text ends before the value does.
    package static let truncated = Code(value: .truncated)
    /// A byte that cannot stand here.
    package static let unexpectedByte = Code(value: .unexpectedByte)
    /// A number that breaks the grammar of RFC 8259, section 6.
    package static let invalidNumber = Code(value: .invalidNumber)
    /// A backslash that is not followed by an escape of RFC 8259, section 7.
    package static let invalidEscape = Code(value: .invalidEscape)
    /// A byte below 0x20 inside a string.
    package static let controlCharacter = Code(value: .controlCharacter)
    /// A string that is not UTF-8.
    package static let invalidUTF8 = Code(value: .invalidUTF8)
    /// More nesting than ``JSONLimits/maximumDepth``.
    package static let tooDeep = Code(value: .tooDeep)
    /// Something other than whitespace after the value.
    package static let trailingBytes = Code(value: .trailingBytes)
    /// An edit expected an array and found something else that it will not destroy.
    package static let wrongType = Code(value: .wrongType)
  }

  /// What went wrong.
  package var code: Code
  /// The offset of the offending byte, counted from the start of the span that was read.
  package var offset: Int

  /// An error at an offset.
  package init(_ code: Code, at offset: Int) {
    self.code = code
    self.offset = offset
  }

  /// The reason and the offset; never bytes of the text, which may be confidential.
  package var description: String {
    "\(code.value.rawValue) at offset \(offset)"
  }
}

/// The bounds that every reader of JSON here keeps.
package enum JSONLimits {
  /// How deep arrays and objects may nest. The deepest tool schemas seen in practice stay below 40;
  /// readers are loops and not recursive, so the bound protects who reads after us.
  package static let maximumDepth = 512
}

// SPDX-License-Identifier: Apache-2.0

extension JSONNode {
  /// The value that begins at an offset (whitespace before it is skipped), found by looking only
  /// for where it ends.
  ///
  /// This is the lazy reader. It is meant for text that was validated
  /// (``validated(in:maximumDepth:)``) or whose worst misreading is harmless. It checks that
  /// strings, arrays and objects are closed and that literals are spelled right; it does not check
  /// what a container holds until that is visited, nor UTF-8, nor escapes, nor the grammar of
  /// numbers.
  package init(scanning bytes: RawSpan, at offset: Int = 0) throws(JSONError) {
    let start = bytes.skippingWhitespace(from: offset)
    guard start < bytes.byteCount else { throw JSONError(.truncated, at: start) }
    switch bytes.byte(at: start) {
    case UInt8(ascii: "\""):
      self = try JSONNode.string(in: bytes, at: start)
    case UInt8(ascii: "{"):
      self.init(
        kind: .object, start: start, end: try JSONNode.endOfContainer(in: bytes, at: start))
    case UInt8(ascii: "["):
      self.init(kind: .array, start: start, end: try JSONNode.endOfContainer(in: bytes, at: start))
    case UInt8(ascii: "n") where bytes.hasPrefix("null", at: start):
      self.init(kind: .null, start: start, end: start + 4)
    case UInt8(ascii: "t") where bytes.hasPrefix("true", at: start):
      self.init(kind: .true, start: start, end: start + 4)
    case UInt8(ascii: "f") where bytes.hasPrefix("false", at: start):
      self.init(kind: .false, start: start, end: start + 5)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      var end = start + 1
      while end < bytes.byteCount, JSONNode.isNumberByte(bytes.byte(at: end)) { end &+= 1 }
      self.init(kind: .number, start: start, end: end)
    default:
      throw JSONError(.unexpectedByte, at: start)
    }
  }

  /// The string whose opening quotation mark is at an offset.
  @inline(__always)
  static func string(in bytes: RawSpan, at start: Int) throws(JSONError) -> JSONNode {
    var index = start &+ 1
    var hasEscapes = false
    while true {
      index = bytes.firstQuoteOrBackslash(from: index)
      guard index < bytes.byteCount else { throw JSONError(.truncated, at: bytes.byteCount) }
      if bytes.byte(at: index) == UInt8(ascii: "\"") {
        return JSONNode(kind: .string, start: start, end: index &+ 1, hasEscapes: hasEscapes)
      }
      hasEscapes = true
      index &+= 2
    }
  }

  /// The end of the array or object that opens at an offset.
  private static func endOfContainer(
    in bytes: RawSpan, at start: Int
  ) throws(JSONError) -> Int {
    var index = start &+ 1
    var depth = 1
    while true {
      index = bytes.firstStructure(from: index)
      guard index < bytes.byteCount else { throw JSONError(.truncated, at: bytes.byteCount) }
      switch bytes.byte(at: index) {
      case UInt8(ascii: "\""):
        index = try string(in: bytes, at: index).end
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth &+= 1
        guard depth <= JSONLimits.maximumDepth else { throw JSONError(.tooDeep, at: index) }
        index &+= 1
      default:
        depth &-= 1
        index &+= 1
        if depth == 0 { return index }
      }
    }
  }

  @inline(__always)
  private static func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }
}

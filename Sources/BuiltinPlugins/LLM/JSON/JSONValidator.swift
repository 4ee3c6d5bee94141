// SPDX-License-Identifier: Apache-2.0

extension JSONNode {
  /// The one value of a JSON text, after the whole text was checked against RFC 8259.
  ///
  /// Strict: nothing but whitespace around the value, no byte order mark, valid UTF-8 (no
  /// surrogates, no overlong forms), at most `maximumDepth` levels. Left open by the RFC and
  /// decided so: duplicate keys are valid (see ``member(_:in:)`` for which one counts), `\u`
  /// escapes of a single surrogate are valid and decode to U+FFFD, and numbers may have any size.
  package static func validated(
    in bytes: RawSpan, maximumDepth: Int = JSONLimits.maximumDepth
  ) throws(JSONError) -> JSONNode {
    let start = bytes.skippingWhitespace(from: 0)
    let end = try endOfValidValue(in: bytes, at: start, maximumDepth: maximumDepth)
    let rest = bytes.skippingWhitespace(from: end)
    guard rest == bytes.byteCount else { throw JSONError(.trailingBytes, at: rest) }
    switch bytes.byte(at: start) {
    // A second look at what may be the whole text is saved.
    case UInt8(ascii: "{"): return JSONNode(kind: .object, start: start, end: end)
    case UInt8(ascii: "["): return JSONNode(kind: .array, start: start, end: end)
    default: return try JSONNode(scanning: bytes.extracting(..<end), at: start)
    }
  }

  private static func endOfValidValue(
    in bytes: RawSpan, at start: Int, maximumDepth: Int
  ) throws(JSONError) -> Int {
    var nesting = Nesting(limit: min(maximumDepth, JSONLimits.maximumDepth))
    var index = start
    while true {
      index = bytes.skippingWhitespace(from: index)
      switch bytes.byteOrZero(at: index) {
      case UInt8(ascii: "{"):
        try nesting.open(.object, at: index)
        index = bytes.skippingWhitespace(from: index &+ 1)
        if bytes.byteOrZero(at: index) != UInt8(ascii: "}") {
          index = try endOfValidKey(in: bytes, at: index)
          continue
        }
      case UInt8(ascii: "["):
        try nesting.open(.array, at: index)
        index = bytes.skippingWhitespace(from: index &+ 1)
        if bytes.byteOrZero(at: index) != UInt8(ascii: "]") { continue }
      case UInt8(ascii: "\""):
        index = try endOfValidString(in: bytes, at: index)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        index = try endOfValidNumber(in: bytes, at: index)
      case UInt8(ascii: "n") where bytes.hasPrefix("null", at: index): index &+= 4
      case UInt8(ascii: "t") where bytes.hasPrefix("true", at: index): index &+= 4
      case UInt8(ascii: "f") where bytes.hasPrefix("false", at: index): index &+= 5
      default: throw unexpected(in: bytes, at: index)
      }
      // A value has ended, or an empty container is about to.
      afterValue: while true {
        guard let container = nesting.innermost else { return index }
        index = bytes.skippingWhitespace(from: index)
        switch (bytes.byteOrZero(at: index), container) {
        case (UInt8(ascii: ","), .array):
          index &+= 1
          break afterValue
        case (UInt8(ascii: ","), .object):
          index = try endOfValidKey(
            in: bytes, at: bytes.skippingWhitespace(from: index &+ 1))
          break afterValue
        case (UInt8(ascii: "}"), .object), (UInt8(ascii: "]"), .array):
          nesting.close()
          index &+= 1
        default: throw unexpected(in: bytes, at: index)
        }
      }
    }
  }

  /// The end of the colon behind the key that begins at an offset.
  private static func endOfValidKey(in bytes: RawSpan, at start: Int) throws(JSONError) -> Int {
    guard bytes.byteOrZero(at: start) == UInt8(ascii: "\"") else {
      throw unexpected(in: bytes, at: start)
    }
    let colon = bytes.skippingWhitespace(from: try endOfValidString(in: bytes, at: start))
    guard bytes.byteOrZero(at: colon) == UInt8(ascii: ":") else {
      throw unexpected(in: bytes, at: colon)
    }
    return colon &+ 1
  }

  private static func endOfValidString(in bytes: RawSpan, at start: Int) throws(JSONError) -> Int {
    var index = start &+ 1
    while true {
      index = bytes.firstStringException(from: index)
      guard index < bytes.byteCount else { throw JSONError(.truncated, at: bytes.byteCount) }
      switch bytes.byte(at: index) {
      case UInt8(ascii: "\""):
        return index &+ 1
      case UInt8(ascii: "\\"):
        index = try endOfValidEscape(in: bytes, at: index)
      case 0x80...:
        repeat {
          guard let end = bytes.endOfValidUTF8(at: index) else {
            throw JSONError(.invalidUTF8, at: index)
          }
          index = end
        } while bytes.byteOrZero(at: index) >= 0x80
      default:
        throw JSONError(.controlCharacter, at: index)
      }
    }
  }

  private static func endOfValidEscape(in bytes: RawSpan, at start: Int) throws(JSONError) -> Int {
    switch bytes.byteOrZero(at: start &+ 1) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return start &+ 2
    case UInt8(ascii: "u") where bytes.codeUnit(at: start &+ 2) != nil:
      return start &+ 6
    default:
      throw JSONError(.invalidEscape, at: start)
    }
  }

  private static func endOfValidNumber(in bytes: RawSpan, at start: Int) throws(JSONError) -> Int {
    func digits(from offset: Int) throws(JSONError) -> Int {
      var index = offset
      while isDigit(bytes.byteOrZero(at: index)) { index &+= 1 }
      guard index > offset else { throw JSONError(.invalidNumber, at: start) }
      return index
    }
    var index = start
    if bytes.byte(at: index) == UInt8(ascii: "-") { index &+= 1 }
    if bytes.byteOrZero(at: index) == UInt8(ascii: "0") {
      index &+= 1
    } else {
      index = try digits(from: index)
    }
    if bytes.byteOrZero(at: index) == UInt8(ascii: ".") { index = try digits(from: index &+ 1) }
    if bytes.byteOrZero(at: index) | 0x20 == UInt8(ascii: "e") {
      index &+= 1
      let sign = bytes.byteOrZero(at: index)
      if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index &+= 1 }
      index = try digits(from: index)
    }
    return index
  }

  @inline(__always)
  private static func isDigit(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") < 10
  }

  private static func unexpected(in bytes: RawSpan, at offset: Int) -> JSONError {
    JSONError(offset < bytes.byteCount ? .unexpectedByte : .truncated, at: offset)
  }
}

/// Which containers are open: one bit a level, so that validating allocates nothing.
private struct Nesting {
  enum Container {
    case object
    case array
  }

  private var objects = InlineArray<8, UInt64>(repeating: 0)
  private var depth = 0
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  var innermost: Container? {
    guard depth > 0 else { return nil }
    let level = depth - 1
    return objects[level / 64] >> UInt64(level % 64) & 1 == 1 ? .object : .array
  }

  mutating func open(_ container: Container, at offset: Int) throws(JSONError) {
    guard depth < limit else { throw JSONError(.tooDeep, at: offset) }
    let bit = UInt64(1) << UInt64(depth % 64)
    switch container {
    case .object: objects[depth / 64] |= bit
    case .array: objects[depth / 64] &= ~bit
    }
    depth += 1
  }

  mutating func close() {
    depth -= 1
  }
}

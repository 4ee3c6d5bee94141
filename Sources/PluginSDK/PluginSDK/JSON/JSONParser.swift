// SPDX-License-Identifier: Apache-2.0

/// A strict parser of RFC 8259: UTF-8, no comments, no trailing commas, bounded depth.
struct JSONParser {
  /// Deeper documents are refused: the parser recurses.
  static let maxDepth = 128

  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private var depth = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw error("unexpected data after the document") }
    return value
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    guard let byte = peek() else { throw error("unexpected end") }
    switch byte {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    try descend()
    defer { depth -= 1 }
    var members: [(String, JSONValue)] = []
    position += 1
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(JSONObject()) }
    while true {
      skipSpace()
      guard peek() == UInt8(ascii: "\"") else { throw error("expected the name of a member") }
      let name = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error("expected ':'") }
      members.append((name, try value()))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "}")) else { throw error("expected ',' or '}'") }
      return .object(JSONObject(members))
    }
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    try descend()
    defer { depth -= 1 }
    var elements: [JSONValue] = []
    position += 1
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value())
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "]")) else { throw error("expected ',' or ']'") }
      return .array(elements)
    }
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    var start = position
    var text = ""
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""):
        try append(from: start, to: &text)
        position += 1
        return text
      case UInt8(ascii: "\\"):
        try append(from: start, to: &text)
        text.unicodeScalars.append(try escape())
        start = position
      case 0..<0x20:
        throw error("control character in a string")
      default:
        position += 1
      }
    }
    throw error("unexpected end of a string")
  }

  private func append(from start: Int, to text: inout String) throws(JSONError) {
    guard start < position else { return }
    let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    guard let valid = String(validating: piece, as: UTF8.self) else {
      throw error("a string is not UTF-8")
    }
    if text.isEmpty { text = valid } else { text += valid }
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    position += 1
    guard let byte = peek() else { throw error("unexpected end of a string") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw error("unknown escape")
    }
  }

  private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
    let unit = try hexadecimal()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    // A high surrogate wants its low one; a lone one has no UTF-8 and becomes U+FFFD.
    guard unit < 0xDC00, bytes.count - position >= 6, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { return "\u{FFFD}" }
    let mark = position
    position += 2
    let low = try hexadecimal()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
    else {
      position = mark
      return "\u{FFFD}"
    }
    return scalar
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("expected four hexadecimal digits")
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }

  private mutating func number() throws(JSONError) -> JSONNumber {
    let start = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    return JSONNumber(text: String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      position += 1
    }
    if start == position { throw error("expected a value") }
  }

  private mutating func literal(
    _ text: StaticString, _ value: JSONValue
  ) throws(JSONError) -> JSONValue {
    let end = position + text.utf8CodeUnitCount
    let spelled = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard end <= bytes.count, bytes[position..<end].elementsEqual(spelled) else {
      throw error("expected a value")
    }
    position = end
    return value
  }

  private mutating func descend() throws(JSONError) {
    depth += 1
    if depth > Self.maxDepth { throw error("more than \(Self.maxDepth) levels") }
  }

  // MARK: - What need not be parsed

  /// Whether the bytes are a document that ``JSONWriter`` would write as it is: ASCII, without spaces and escapes, with no name
  /// twice in an object. Of other documents, and of objects with many members, it says no.
  static func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.isASCII else { return false }
    var parser = JSONParser(bytes)
    return parser.isPlainValue() && parser.position == bytes.count
  }

  private mutating func isPlainValue() -> Bool {
    switch peek() {
    case UInt8(ascii: "\""): plainString() != nil
    case UInt8(ascii: "{"): isPlainObject()
    case UInt8(ascii: "t"): (try? literal("true", .null)) != nil
    case UInt8(ascii: "f"): (try? literal("false", .null)) != nil
    case UInt8(ascii: "n"): (try? literal("null", .null)) != nil
    case UInt8(ascii: "["), nil: false
    default: (try? number()) != nil
    }
  }

  private mutating func isPlainObject() -> Bool {
    guard depth < Self.maxDepth else { return false }
    depth += 1
    defer { depth -= 1 }
    position += 1
    guard !take(UInt8(ascii: "}")) else { return true }
    var names: [Range<Int>] = []
    repeat {
      guard names.count < 16, let name = plainString(), take(UInt8(ascii: ":")) else {
        return false
      }
      let isKnown = names.contains {
        $0.count == name.count && bytes[$0].elementsEqual(bytes[name])
      }
      guard !isKnown, isPlainValue() else { return false }
      names.append(name)
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "}"))
  }

  /// Where the inside of a string is that has no escapes.
  private mutating func plainString() -> Range<Int>? {
    let start = position + 1
    guard take(UInt8(ascii: "\"")), let end = bytes.firstEscaped(from: start),
      bytes[end] == UInt8(ascii: "\"")
    else { return nil }
    position = end + 1
    return start..<end
  }

  private func peek() -> UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private func error(_ message: String) -> JSONError {
    JSONError(message: message, offset: position)
  }
}

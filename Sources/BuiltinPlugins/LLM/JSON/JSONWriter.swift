// SPDX-License-Identifier: Apache-2.0

/// Writes compact JSON into bytes: commas and escapes are its business, the order of calls is the
/// caller's.
package struct JSONWriter: Sendable {
  /// What was written so far.
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// An empty text.
  package init() { bytes.reserveCapacity(256) }

  /// An object with the members that `body` writes.
  package mutating func object(_ body: (inout JSONWriter) -> Void) {
    container(open: UInt8(ascii: "{"), close: UInt8(ascii: "}"), body)
  }

  /// An array with the elements that `body` writes.
  package mutating func array(_ body: (inout JSONWriter) -> Void) {
    container(open: UInt8(ascii: "["), close: UInt8(ascii: "]"), body)
  }

  /// The key of the member whose value is written next.
  package mutating func key(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A string.
  package mutating func string(_ value: String) {
    beginValue()
    bytes.append(UInt8(ascii: "\""))
    JSONWriter.appendEscaped(value, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  /// A whole number.
  package mutating func integer(_ value: Int) {
    beginValue()
    bytes.append(decimal: value)
  }

  /// `true` or `false`.
  package mutating func boolean(_ value: Bool) {
    beginValue()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// `null`.
  package mutating func null() {
    beginValue()
    bytes.append(contentsOf: "null".utf8)
  }

  /// A value whose text is there already.
  package mutating func text(_ value: JSONText) {
    beginValue()
    bytes.append(contentsOf: value.bytes)
  }

  /// A member with a string, or nothing for nil.
  package mutating func member(_ name: String, _ value: String?) {
    guard let value else { return }
    key(name)
    string(value)
  }

  /// A member with a string, or with `null` for nil.
  package mutating func member(_ name: String, orNull value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  /// A member with a whole number, or nothing for nil.
  package mutating func member(_ name: String, _ value: Int?) {
    guard let value else { return }
    key(name)
    integer(value)
  }

  /// A member with a truth value, or nothing for nil.
  package mutating func member(_ name: String, _ value: Bool?) {
    guard let value else { return }
    key(name)
    boolean(value)
  }

  /// A member with a value whose text is there already, or nothing for nil.
  package mutating func member(_ name: String, _ value: JSONText?) {
    guard let value else { return }
    key(name)
    text(value)
  }

  private mutating func container(
    open: UInt8, close: UInt8, _ body: (inout JSONWriter) -> Void
  ) {
    beginValue()
    bytes.append(open)
    needsComma = false
    body(&self)
    bytes.append(close)
    needsComma = true
  }

  private mutating func beginValue() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  /// Appends the content of a JSON string. Escaped is what RFC 8259 demands (quotation mark,
  /// backslash, control characters), and nothing else.
  package static func appendEscaped(_ value: String, to bytes: inout [UInt8]) {
    appendEscaped(value.utf8Span.span.bytes, to: &bytes)
  }

  /// Likewise of bytes, which may be a part of a text: half a character stays what it is.
  package static func appendEscaped(_ text: RawSpan, to bytes: inout [UInt8]) {
    var index = 0
    while index < text.byteCount {
      let exception = text.firstNeedingEscape(from: index)
      text.extracting(index..<exception).withUnsafeBytes { bytes.append(contentsOf: $0) }
      guard exception < text.byteCount else { return }
      appendEscape(of: text.byte(at: exception), to: &bytes)
      index = exception + 1
    }
  }

  private static func appendEscape(of byte: UInt8, to bytes: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
    case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
    case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
    case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
    case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
    case 0x08: bytes.append(contentsOf: #"\b"#.utf8)
    case 0x0C: bytes.append(contentsOf: #"\f"#.utf8)
    default:
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(contentsOf: #"\u00"#.utf8)
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
  }
}

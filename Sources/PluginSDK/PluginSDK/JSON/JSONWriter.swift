// SPDX-License-Identifier: Apache-2.0

/// Writes compact JSON into bytes.
package enum JSONWriter {
  package static func bytes(of value: JSONValue) -> [UInt8] {
    var bytes: [UInt8] = []
    write(value, to: &bytes)
    return bytes
  }

  package static func write(_ value: JSONValue, to bytes: inout [UInt8]) {
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let bool): bytes += (bool ? "true" : "false").utf8
    case .number(let number): bytes += number.text.utf8
    case .string(let text): write(text, to: &bytes)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        write(element, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        write(member.name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        write(member.value, to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  package static func write(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    escape(text, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Text that should be UTF-8; what of it is not becomes U+FFFD.
  package static func write(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    guard text.isASCII else { return write(String(decoding: text, as: UTF8.self), to: &bytes) }
    bytes.append(UInt8(ascii: "\""))
    escape(text, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  /// JSON text, as it is written here: compact, with the fewest escapes. One that is so already, as most are, is
  /// copied.
  package static func write(
    json: UnsafeRawBufferPointer, to bytes: inout [UInt8]
  ) throws(JSONError) {
    if JSONParser.isPlain(json) {
      bytes += json
    } else {
      var parser = JSONParser(json)
      write(try parser.document(), to: &bytes)
    }
  }

  /// The inside of a string.
  package static func escape(_ text: String, to bytes: inout [UInt8]) {
    var text = text
    text.withUTF8 { escape(UnsafeRawBufferPointer($0), to: &bytes) }
  }

  private static func escape(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    // What needs no escape is copied in one go.
    var start = 0
    while let index = text.firstEscaped(from: start) {
      bytes += UnsafeRawBufferPointer(rebasing: text[start..<index])
      escape(text[index], to: &bytes)
      start = index + 1
    }
    bytes += UnsafeRawBufferPointer(rebasing: text[start...])
  }

  private static func escape(_ byte: UInt8, to bytes: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""): bytes += #"\""#.utf8
    case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
    case UInt8(ascii: "\n"): bytes += #"\n"#.utf8
    case UInt8(ascii: "\r"): bytes += #"\r"#.utf8
    case UInt8(ascii: "\t"): bytes += #"\t"#.utf8
    default:
      bytes += #"\u00"#.utf8
      bytes.append(hexadecimal[Int(byte >> 4)])
      bytes.append(hexadecimal[Int(byte & 15)])
    }
  }

  /// A whole number, in decimal.
  package static func write(_ value: Int, to bytes: inout [UInt8]) { decimal(value, to: &bytes) }

  /// A whole number, in decimal.
  static func decimal(_ value: some BinaryInteger, to bytes: inout [UInt8]) {
    guard let magnitude = UInt64(exactly: value.magnitude) else {
      bytes += String(value).utf8
      return
    }
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    // 64 bits have at most 20 digits.
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
      var rest = magnitude
      var start = digits.count
      repeat {
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      bytes += digits[start...]
    }
  }

  private static let hexadecimal = Array("0123456789abcdef".utf8)
}

// SPDX-License-Identifier: Apache-2.0

/// A value of a configuration file: a JSON-like tree that remembers where it stood.
package struct ConfigurationValue: Sendable, Equatable {
  package indirect enum Content: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number in its own spelling.
    case number(String)
    case string(String)
    /// A reference to a vault, and what it stands for.
    case secret(reference: String, value: SecretString)
    case array([ConfigurationValue])
    case object([Member])
  }

  /// A member of an object. Names are unique.
  package struct Member: Sendable, Equatable {
    package var name: String
    package var value: ConfigurationValue
  }

  package var content: Content
  /// From 1; 0 when it is not known.
  package var line: Int

  package init(_ content: Content, line: Int = 0) {
    self.content = content
    self.line = line
  }

  /// The member of an object.
  package subscript(name: String) -> ConfigurationValue? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.name == name }?.value
  }

  package var members: [Member]? {
    guard case .object(let members) = content else { return nil }
    return members
  }

  package var elements: [ConfigurationValue]? {
    guard case .array(let elements) = content else { return nil }
    return elements
  }

  /// What it is, for messages.
  var kind: String {
    switch content {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string, .secret: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

extension ConfigurationValue {
  /// The tree as compact JSON. Values of references are revealed only when asked for.
  package func json(revealing: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes, revealing: revealing)
    return bytes
  }

  private func write(to bytes: inout [UInt8], revealing: Bool) {
    switch content {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .number(let text): bytes += text.utf8
    case .string(let text): Self.write(text, to: &bytes)
    case .secret(let reference, let value):
      Self.write(revealing ? value.revealed : reference, to: &bytes)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        element.write(to: &bytes, revealing: revealing)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.write(member.name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        member.value.write(to: &bytes, revealing: revealing)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func write(_ text: String, to bytes: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes += "\\\"".utf8
      case UInt8(ascii: "\\"): bytes += "\\\\".utf8
      case 0x0A: bytes += "\\n".utf8
      case 0x0D: bytes += "\\r".utf8
      case 0x09: bytes += "\\t".utf8
      case 0..<0x20: bytes += "\\u00".utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Writes the members of a ``CompactState``: numbers in decimal with a space behind them, texts
/// behind their length.
package struct StateWriter {
  private var content: [UInt8] = []

  init() {
    content.reserveCapacity(256)
  }

  /// What was written.
  var text: String { String(decoding: content, as: UTF8.self) }

  /// A whole number.
  package mutating func number(_ value: Int) {
    content.append(decimal: value)
    content.append(UInt8(ascii: " "))
  }

  /// A whole number, or nothing.
  package mutating func number(_ value: Int?) {
    guard let value else { return nothing() }
    number(value)
  }

  /// A truth value.
  package mutating func flag(_ value: Bool) {
    content.append(UInt8(ascii: value ? "1" : "0"))
    content.append(UInt8(ascii: " "))
  }

  /// A text, or nothing.
  package mutating func text(_ value: String?) {
    guard let value else { return nothing() }
    number(value.utf8.count)
    content.append(contentsOf: value.utf8)
  }

  /// Any bytes. The checkpoint is text, so each above 0x7F becomes two.
  package mutating func bytes(_ value: [UInt8]) {
    number(value.count)
    for byte in value {
      if byte < 0x80 {
        content.append(byte)
      } else {
        content.append(0xC0 | byte >> 6)
        content.append(0x80 | byte & 0x3F)
      }
    }
  }

  /// A state within the state.
  package mutating func state(_ value: some CompactState) {
    value.write(to: &self)
  }

  /// A state within the state, or nothing.
  package mutating func state(_ value: (some CompactState)?) {
    flag(value != nil)
    value?.write(to: &self)
  }

  private mutating func nothing() {
    content.append(UInt8(ascii: "-"))
    content.append(UInt8(ascii: " "))
  }
}

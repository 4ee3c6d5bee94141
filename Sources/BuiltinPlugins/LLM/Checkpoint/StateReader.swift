// SPDX-License-Identifier: Apache-2.0

/// Reads what a ``StateWriter`` wrote, member by member.
package struct StateReader {
  private let content: [UInt8]
  private var index = 0

  init(_ text: String) {
    content = Array(text.utf8)
  }

  /// A whole number.
  package mutating func number() throws(StateError) -> Int {
    guard let value = try optionalNumber() else { throw StateError(at: index) }
    return value
  }

  /// A whole number, or nothing.
  package mutating func optionalNumber() throws(StateError) -> Int? {
    guard let end = content[index...].firstIndex(of: UInt8(ascii: " ")) else {
      throw StateError(at: index)
    }
    let digits = String(decoding: content[index..<end], as: UTF8.self)
    guard digits != "-" else {
      index = end + 1
      return nil
    }
    guard let value = Int(digits) else { throw StateError(at: index) }
    index = end + 1
    return value
  }

  /// A truth value.
  package mutating func flag() throws(StateError) -> Bool {
    let start = index
    switch try number() {
    case 0: return false
    case 1: return true
    default: throw StateError(at: start)
    }
  }

  /// A text.
  package mutating func text() throws(StateError) -> String {
    guard let text = try optionalText() else { throw StateError(at: index) }
    return text
  }

  /// A text, or nothing.
  package mutating func optionalText() throws(StateError) -> String? {
    guard let count = try optionalNumber() else { return nil }
    guard count >= 0, count <= content.count - index else { throw StateError(at: index) }
    defer { index += count }
    return String(decoding: content[index..<index + count], as: UTF8.self)
  }

  /// Any bytes.
  package mutating func bytes() throws(StateError) -> [UInt8] {
    let count = try number()
    guard count >= 0, count <= content.count - index else { throw StateError(at: index) }
    var value: [UInt8] = []
    value.reserveCapacity(count)
    while value.count < count {
      guard index < content.count else { throw StateError(at: index) }
      let byte = content[index]
      if byte < 0x80 {
        value.append(byte)
        index += 1
      } else {
        guard byte & 0xFC == 0xC0, index + 1 < content.count, content[index + 1] & 0xC0 == 0x80
        else {
          throw StateError(at: index)
        }
        value.append(byte << 6 | content[index + 1] & 0x3F)
        index += 2
      }
    }
    return value
  }

  /// A state within the state.
  package mutating func state<State: CompactState>() throws(StateError) -> State {
    try State(from: &self)
  }

  /// A state within the state, or nothing.
  package mutating func optionalState<State: CompactState>() throws(StateError) -> State? {
    try flag() ? State(from: &self) : nil
  }

  /// Nothing may follow the last member.
  func finish() throws(StateError) {
    guard index == content.count else { throw StateError(at: index) }
  }
}

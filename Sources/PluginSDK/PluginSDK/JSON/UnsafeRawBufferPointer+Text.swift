// SPDX-License-Identifier: Apache-2.0

// Eight bytes are looked at together: most of what is written needs no escape.
extension UnsafeRawBufferPointer {
  private static var ones: UInt64 { 0x0101_0101_0101_0101 }
  private static var highs: UInt64 { 0x8080_8080_8080_8080 }

  private func word(_ index: Int) -> UInt64 {
    loadUnaligned(fromByteOffset: index, as: UInt64.self)
  }

  /// Whether no byte is beyond ASCII.
  var isASCII: Bool {
    var all: UInt64 = 0
    var index = 0
    while index + 8 <= count {
      all |= word(index)
      index += 8
    }
    while index < count {
      all |= UInt64(self[index])
      index += 1
    }
    return all & Self.highs == 0
  }

  /// Where the next byte is that a JSON string must escape: a control character, a quotation mark or a backslash.
  func firstEscaped(from start: Int) -> Int? {
    var index = start
    while index + 8 <= count, !Self.hasEscaped(word(index)) { index += 8 }
    while index < count {
      let byte = self[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
      index += 1
    }
    return nil
  }

  /// Whether one of the bytes is below 0x20, or becomes zero by the XOR: what is below borrows from its highest bit.
  private static func hasEscaped(_ word: UInt64) -> Bool {
    let quote = word ^ ones &* UInt64(UInt8(ascii: "\""))
    let backslash = word ^ ones &* UInt64(UInt8(ascii: "\\"))
    let found =
      (word &- ones &* 0x20) & ~word | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash
    return found & highs != 0
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Addresses of mail.
enum Emails {
  static func find(
    in text: borrowing TextReader, _ chunk: Chunk, _ findings: inout Findings
  ) {
    guard findings.wants(.email) else { return }
    var index = chunk.start
    while index < chunk.end {
      if text[index] == UInt8(ascii: "@"), let range = address(around: index, chunk, in: text) {
        findings.add(.email, range)
        index = range.upperBound
      } else {
        index += 1
      }
    }
  }

  private static func address(
    around at: Int, _ chunk: Chunk, in text: borrowing TextReader
  ) -> Range<Int>? {
    var start = at
    // RFC 5321: 64 bytes in front, 255 behind.
    while start > chunk.start, at - start < 64, isLocal(text[start - 1]) { start -= 1 }
    while start < at, text[start] == UInt8(ascii: ".") { start += 1 }
    guard start < at, text[at - 1] != UInt8(ascii: ".") else { return nil }
    guard let end = Hosts.end(from: at + 1, in: text) else { return nil }
    return start..<end
  }

  private static func isLocal(_ byte: UInt8) -> Bool {
    byte.isWordByte || [0x2E, 0x5F, 0x25, 0x2B, 0x2D, 0x27, 0x26, 0x7E, 0x21, 0x23].contains(byte)
  }
}

/// Names of hosts.
enum Hosts {
  private static let longest = 253

  /// The end of the name that begins at a place, if its last label could be a top-level domain.
  static func end(from start: Int, in text: borrowing TextReader) -> Int? {
    var end: Int?
    var labels = 0
    var index = start
    while index - start < longest {
      let label = index
      index = text.end(from: label, most: 63) { $0.isWordByte || $0 == 0x2D }
      guard index > label, text[label] != 0x2D, text[index - 1] != 0x2D else { break }
      labels += 1
      if labels > 1, isTopLevel(text, label..<index) { end = index }
      guard text[index] == UInt8(ascii: "."), text[index + 1].isWordByte else { break }
      index += 1
    }
    return end
  }

  private static func isTopLevel(_ text: borrowing TextReader, _ range: Range<Int>) -> Bool {
    guard range.count >= 2 else { return false }
    if text.hasFolded("xn--", at: range.lowerBound) { return true }
    return range.allSatisfy { text[$0].isLetter || text[$0] >= 0x80 }
  }
}

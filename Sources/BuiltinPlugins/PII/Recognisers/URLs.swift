// SPDX-License-Identifier: Apache-2.0

/// URLs with their scheme, whichever it is. Of those with a password in front of the host the password is a find too.
enum URLs {
  static func find(
    in text: borrowing TextReader, _ chunk: Chunk, _ findings: inout Findings
  ) {
    var index = chunk.start
    while index < chunk.end {
      guard text[index] == UInt8(ascii: ":"), text.has("://", at: index),
        let start = scheme(before: index, chunk, in: text)
      else {
        index += 1
        continue
      }
      let end = end(from: index + 3, chunk, in: text)
      if end > index + 3 {
        findings.add(.url, start..<end)
        addPassword(from: index + 3, to: end, in: text, &findings)
      }
      index = max(end, index + 3)
    }
  }

  private static func scheme(
    before colon: Int, _ chunk: Chunk, in text: borrowing TextReader
  ) -> Int? {
    var start = colon
    while start > chunk.start, colon - start < 16,
      text[start - 1].isAlphanumeric || [0x2B, 0x2D, 0x2E].contains(text[start - 1])
    {
      start -= 1
    }
    while start < colon, !text[start].isLetter { start += 1 }
    return colon - start >= 2 ? start : nil
  }

  private static func end(
    from start: Int, _ chunk: Chunk, in text: borrowing TextReader
  ) -> Int {
    var open = 0
    var end = start
    while end < chunk.end {
      let byte = text[end]
      if [0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B, 0x7C, 0x7D].contains(byte) { break }
      if byte == UInt8(ascii: "(") { open += 1 }
      if byte == UInt8(ascii: ")") {
        guard open > 0 else { break }
        open -= 1
      }
      end += 1
    }
    while end > start,
      [0x2E, 0x2C, 0x3B, 0x3A, 0x21, 0x3F, 0x27, 0x5D, 0x2A].contains(text[end - 1])
    { end -= 1 }
    return end
  }

  private static func addPassword(
    from start: Int, to end: Int, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    var colon: Int?
    for index in start..<end {
      switch text[index] {
      case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return
      case UInt8(ascii: ":"): colon = colon ?? index
      case UInt8(ascii: "@"):
        if let colon, index > colon + 1 { findings.add(.password, colon + 1..<index) }
        return
      default: break
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// `my password is hunter2`, `passcode 748392`, `Bearer …`: what words in front of it say is a credential.
enum Passwords {
  static func find(
    in text: borrowing TextReader, _ chunk: Chunk, _ findings: inout Findings
  ) {
    guard findings.wants(.password) else { return }
    var start = chunk.start
    while start < chunk.end, [0x22, 0x27, 0x28, 0x60, 0x5B].contains(text[start]) { start += 1 }
    // What is quoted ends with its quotation mark.
    var end = text.end(from: start, most: chunk.end - start) { $0 != 0x22 && $0 != 0x60 }
    while end > start, endings.contains(text[end - 1]) { end -= 1 }
    guard (4...256).contains(end - start) else { return }
    var digits = 0
    var others = 0
    for index in start..<end {
      if text[index].isDigit { digits += 1 } else { others += 1 }
    }
    guard digits > 0, others > 0 || digits <= 8 else { return }
    if isSaid(before: chunk.start, in: text, &findings) {
      findings.add(.password, start..<end)
    }
  }

  /// `'`, `)`, `]`, `}`, `.`, `,`, `!`, `?`, `;`
  private static let endings: [UInt8] = [
    0x27, 0x29, 0x5D, 0x7D, 0x2E, 0x2C, 0x21, 0x3F, 0x3B,
  ]

  private static let links: [StaticString] = ["is", "are", "was", "be", "to", "with", "use"]

  private static func isSaid(
    before place: Int, in text: borrowing TextReader, _ findings: inout Findings
  ) -> Bool {
    guard let last = word(before: place, in: text) else { return false }
    let there = Context(word: last, in: text)
    if there.contains(.password) || there.contains(.pin) { return true }
    let isLink = links.contains { link in
      link.utf8CodeUnitCount == last.count && text.hasFolded(link, at: last.lowerBound)
    }
    let context = findings.context(text, before: place)
    guard context.isCredential else { return false }
    let byte = text[last.upperBound]
    if byte == UInt8(ascii: ":") { return true }
    guard isLink else { return false }
    if context.contains(.password) { return true }
    guard let named = word(before: last.lowerBound, in: text) else { return false }
    let name = Context(word: named, in: text)
    return !name.isDisjoint(with: [.secret, .pin, .code, .key])
  }

  /// The word in front of a place, with at most three bytes of punctuation and spaces between.
  private static func word(before place: Int, in text: borrowing TextReader) -> Range<Int>? {
    var end = place
    while end > 0, place - end < 4, !text[end - 1].isWordByte { end -= 1 }
    var start = end
    while start > 0, end - start < 24, text[start - 1].isWordByte { start -= 1 }
    return start < end ? start..<end : nil
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Shows a chunk to the recognisers that its bytes are of interest for.
enum Recognisers {
  /// Bytes of the shortest thing without a digit and without `.:=@` that is looked for.
  private static let shortestToken = 16

  @inline(__always)
  static func look(
    at chunk: Chunk, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    let secret =
      text[chunk.start - 1] == 0x20 ? Assignments.kind(ofValueAt: chunk.start, in: text) : nil
    if !chunk.has(ByteClass.interesting), chunk.end - chunk.start < shortestToken, secret == nil {
      word(chunk, in: text, &findings)
    } else {
      lookClosely(at: chunk, secret, in: text, &findings)
    }
  }

  /// A word that a digit follows can begin a date or an id.
  @inline(__always)
  private static func word(
    _ chunk: Chunk, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    if text[chunk.start] == UInt8(ascii: "-") {
      PrivateKeys.find(in: text, chunk, &findings)
    } else if chunk.end + 1 >= text.count || text[chunk.end + 1].isDigit {
      Dates.find(behindWord: chunk, in: text, &findings)
      if chunk.end - chunk.start == 2 { NationalIDs.findNINO(at: chunk.start, in: text, &findings) }
    }
  }

  /// - Parameter secret: What the key in front of the chunk names, if that is a secret.
  @inline(never)
  private static func lookClosely(
    at chunk: Chunk, _ secret: PIIType?, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    if let secret { Assignments.add(secret, valueAt: chunk.start, in: text, &findings) }
    if text[chunk.start] == UInt8(ascii: "-") { PrivateKeys.find(in: text, chunk, &findings) }
    if chunk.has(ByteClass.colon | ByteClass.equals) {
      Assignments.find(in: text, chunk, &findings)
    }
    if chunk.has(ByteClass.colon) {
      URLs.find(in: text, chunk, &findings)
      HardwareAddresses.find(in: text, chunk, &findings)
    }
    if chunk.has(ByteClass.at) { Emails.find(in: text, chunk, &findings) }
    if chunk.has(ByteClass.dot) { Domains.find(in: text, chunk, &findings) }
    if chunk.has(ByteClass.digit) {
      Numbers.find(in: text, chunk, &findings)
      Passwords.find(in: text, chunk, &findings)
    }
    Tokens.find(in: text, chunk, &findings)
    if chunk.has(ByteClass.dot | ByteClass.digit), chunk.end - chunk.start < 16 {
      Dates.find(behindWord: chunk, in: text, &findings)
    }
  }
}

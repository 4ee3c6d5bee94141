// SPDX-License-Identifier: Apache-2.0

/// Runs of letters and digits: keys of services, addresses of cryptocurrencies, ids with letters in them.
enum Tokens {
  static func find(
    in text: borrowing TextReader, _ chunk: Chunk, _ findings: inout Findings
  ) {
    let hasDigit = chunk.has(ByteClass.digit)
    guard hasDigit || chunk.end - chunk.start >= 16 else { return }
    var run = TokenRun()
    var index = chunk.start
    while index < chunk.end {
      guard text[index].isAlphanumeric, text.isBoundary(before: index) else {
        index += 1
        continue
      }
      let end = text.end(from: index, most: chunk.end - index) { $0.isAlphanumeric }
      look(at: index..<end, chunk, &run, in: text, &findings)
      index = end
    }
  }

  private static func look(
    at range: Range<Int>, _ chunk: Chunk, _ run: inout TokenRun, in text: borrowing TextReader,
    _ findings: inout Findings
  ) {
    APIKeys.find(at: range, chunk, &run, in: text, &findings)
    guard text.isBoundary(at: range.upperBound) else { return }
    if range.count >= 25 { Crypto.find(token: range, in: text, &findings) }
    if range.count >= 4 { IBANs.find(at: range.lowerBound, in: text, &findings) }
    Documents.find(token: range, in: text, &findings)
    guard (9...18).contains(range.count) else { return }
    var digits = 0
    for index in range where text[index].isDigit { digits += 1 }
    guard digits >= 4, digits < range.count else { return }
    NationalIDs.find(token: range, in: text, &findings)
    Medical.find(token: range, in: text, &findings)
    Devices.find(token: range, in: text, &findings)
  }
}

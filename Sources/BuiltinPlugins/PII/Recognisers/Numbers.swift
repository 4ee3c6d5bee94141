// SPDX-License-Identifier: Apache-2.0

/// What begins with a digit: each run of digits is shown to all that is made of them.
enum Numbers {
  static func find(
    in text: borrowing TextReader, _ chunk: Chunk, _ findings: inout Findings
  ) {
    var index = chunk.start
    while index < chunk.end {
      guard text[index].isDigit else {
        index += 1
        continue
      }
      guard
        text.isBoundary(before: index)
          || text.hasFolded("t", at: index - 1) && text[index - 2].isDigit
      else {
        index = text.end(from: index, most: chunk.end - index) { $0.isDigit }
        continue
      }
      let run = NumberRun(text, at: index)
      look(at: run, in: text, &findings)
      index = max(run.groups > 0 ? run.ends[0] : 0, index + 1)
    }
  }

  private static func look(
    at run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    // A number with a fraction, or a part of a longer one.
    let isInNumber =
      [0x2E, 0x2C].contains(text[run.start - 1]) && text[run.start - 2].isDigit
    if !isInNumber {
      addresses(run, in: text, &findings)
      Dates.find(run, in: text, &findings)
    }
    guard run.count >= 4, !isInNumber else { return }
    CreditCards.find(run, in: text, &findings)
    if run.count >= 6 {
      Phones.find(run, in: text, &findings)
      SocialSecurity.find(run, in: text, &findings)
      NationalIDs.find(run, in: text, &findings)
      Medical.find(run, in: text, &findings)
      BankAccounts.find(run, in: text, &findings)
      Devices.find(run, in: text, &findings)
    }
    Coordinates.find(run, in: text, &findings)
  }

  // MARK: - IPv4

  private static func addresses(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.ipAddress), run.groups >= 4, run.isSeparated(4, by: ".") else { return }
    guard run.groups == 4 || run.separators[4] != UInt8(ascii: ".") else { return }
    guard isIPv4(run.start..<run.ends[3], in: text), text.isBoundary(at: run.ends[3]) else {
      return
    }
    guard !findings.context(text, before: run.start).contains(.version) else { return }
    let hasPrefix =
      run.groups > 4 && run.separators[4] == UInt8(ascii: "/") && run.value(4) <= 32
      && run.length(4) <= 2
    findings.add(.ipAddress, run.start..<(hasPrefix ? run.ends[4] : run.ends[3]))
  }

  /// Four numbers up to 255 without zeros in front.
  static func isIPv4(_ range: Range<Int>, in text: borrowing TextReader) -> Bool {
    var index = range.lowerBound
    for part in 0..<4 {
      let end = text.end(from: index, most: 4) { $0.isDigit }
      guard (1...3).contains(end - index), end - index == 1 || text[index] != 0x30 else {
        return false
      }
      var value = 0
      for place in index..<end { value = value * 10 + text[place].value }
      guard value <= 255 else { return false }
      guard part < 3 else { return end == range.upperBound }
      guard text[end] == UInt8(ascii: ".") else { return false }
      index = end + 1
    }
    return false
  }
}

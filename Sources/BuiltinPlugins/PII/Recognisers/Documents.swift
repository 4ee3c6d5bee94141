// SPDX-License-Identifier: Apache-2.0

/// Passports, driver's licences and VAT numbers. Their forms are many and say little, so that a word has to stand in
/// front.
enum Documents {
  static func find(
    token range: Range<Int>, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard (3...18).contains(range.count) else { return }
    let joined = withHyphens(range, in: text)
    var digits = 0
    for index in joined where text[index].isDigit { digits += 1 }
    guard digits >= 4, joined.count >= 5 else { return }
    let context = findings.context(text, before: range.lowerBound)
    if context.contains(.passport), isPassport(range, in: text) { findings.add(.passport, range) }
    if context.isDriverLicense { findings.add(.driverLicense, joined) }
    if context.contains(.vat), (8...14).contains(range.count), text[range.lowerBound].isLetter,
      text[range.lowerBound + 1].isLetter, digits >= 6
    {
      findings.add(.vatNumber, range)
    }
  }

  /// At most four letters among seven to ten bytes.
  private static func isPassport(_ range: Range<Int>, in text: borrowing TextReader) -> Bool {
    (7...10).contains(range.count) && range.count { text[$0].isDigit } >= max(5, range.count - 4)
  }

  /// `D123-4567-8901`: all groups that hyphens join.
  private static func withHyphens(_ range: Range<Int>, in text: borrowing TextReader) -> Range<Int>
  {
    var end = range.upperBound
    for _ in 0..<4 where text[end] == UInt8(ascii: "-") && text[end + 1].isAlphanumeric {
      end = text.end(from: end + 1, most: 8) { $0.isAlphanumeric }
    }
    return range.lowerBound..<end
  }
}

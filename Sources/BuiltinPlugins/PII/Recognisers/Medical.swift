// SPDX-License-Identifier: Apache-2.0

/// Numbers of patients and of who treats them.
enum Medical {
  static func find(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.npi), let groups = run.groups(with: 10),
      text.isBoundary(at: run.ends[groups - 1])
    else { return }
    let context = findings.context(text, before: run.start)
    let range = run.start..<run.ends[groups - 1]
    if context.contains(.nhs), Checksums.nhs(run.digits(groups)) {
      findings.add(.britishNHS, range)
    }
    // The prefix is that of health cards in the United States.
    if context.contains(.npi), Checksums.luhn([8, 0, 8, 4, 0] + run.digits(groups)) {
      findings.add(.npi, range)
    }
  }

  /// `AB1234563`: a number of the DEA, which says whether it is one.
  static func find(
    token range: Range<Int>, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.dea) else { return }
    if range.count == 9, text[range.lowerBound].isLetter, text[range.lowerBound + 1].isAlphanumeric,
      (range.lowerBound + 2..<range.upperBound).allSatisfy({ text[$0].isDigit }),
      findings.context(text, before: range.lowerBound).contains(.dea)
    {
      let digits = text.copy(range).dropFirst(2).map(\.value)
      let sum = digits[0] + digits[2] + digits[4] + 2 * (digits[1] + digits[3] + digits[5])
      if sum % 10 == digits[6] { findings.add(.dea, range) }
    }
    if range.count == 11, isMedicare(range, in: text),
      findings.context(text, before: range.lowerBound).contains(.medicare)
    {
      findings.add(.medicareNumber, range)
    }
  }

  /// The form that CMS describes: without S, L, O, I, B and Z.
  private static func isMedicare(_ range: Range<Int>, in text: borrowing TextReader) -> Bool {
    let form = "CANNANNAANN".utf8
    return zip(range, form).allSatisfy { index, kind in
      let byte = text[index].raised
      let isLetter = byte.isLetter && ![0x53, 0x4C, 0x4F, 0x49, 0x42, 0x5A].contains(byte)
      switch kind {
      case UInt8(ascii: "C"): return byte.isDigit && byte != 0x30
      case UInt8(ascii: "A"):
        return isLetter
          || (byte.isDigit && (index - range.lowerBound == 2 || index - range.lowerBound == 5))
      default:
        return byte.isDigit
          || (isLetter && (index - range.lowerBound == 2 || index - range.lowerBound == 5))
      }
    }
  }
}

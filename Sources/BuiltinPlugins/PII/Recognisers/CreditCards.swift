// SPDX-License-Identifier: Apache-2.0

/// Numbers of payment cards: a known brand's first digits, its length, and Luhn's checksum.
enum CreditCards {
  private static let groupings: [[Int]] = [
    [4, 4, 4, 4], [4, 6, 5], [4, 4, 4, 4, 3], [4, 6, 4], [4, 5, 6], [4, 4, 5], [6, 13], [8, 8],
  ]

  static func find(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.creditCard), run.count >= 13 else { return }
    if (13...19).contains(run.length(0)), isCard(run.digits(1)), text.isBoundary(at: run.ends[0]) {
      findings.add(.creditCard, run.start..<run.ends[0])
    }
    for lengths in groupings
    where run.begins(with: lengths) && run.isSeparated(lengths.count, by: " -.") {
      let end = run.ends[lengths.count - 1]
      if isCard(run.digits(lengths.count)), text.isBoundary(at: end) {
        findings.add(.creditCard, run.start..<end)
      }
    }
  }

  static func isCard(_ digits: [Int]) -> Bool {
    isBrand(digits) && Checksums.luhn(digits)
  }

  private static func isBrand(_ digits: [Int]) -> Bool {
    let two = digits[0] * 10 + digits[1]
    let three = two * 10 + digits[2]
    let four = three * 10 + digits[3]
    let count = digits.count
    // Visa.
    if digits[0] == 4 { return count == 13 || count == 16 || count == 19 }
    // Mastercard.
    if (51...55).contains(two) || (2221...2720).contains(four) { return count == 16 }
    // American Express.
    if two == 34 || two == 37 { return count == 15 }
    // Diners Club.
    if (300...305).contains(three) || two == 36 || two == 38 || two == 39 {
      return (14...19).contains(count)
    }
    // Discover.
    if four == 6011 || two == 65 || (644...649).contains(three) { return (16...19).contains(count) }
    // UnionPay, RuPay.
    if two == 62 || two == 81 || two == 60 || two == 82 { return (16...19).contains(count) }
    // JCB.
    if (3528...3589).contains(four) { return (16...19).contains(count) }
    // Maestro.
    if [5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763].contains(four) {
      return (13...19).contains(count)
    }
    // Mir.
    return (2200...2204).contains(four) && (16...19).contains(count)
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Numbers that states give to people. Those with a checksum and a form of their own are found anywhere; the others want
/// a word in front that says what they are.
enum NationalIDs {
  static func find(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    let isNamed = !findings.context(text, before: run.start).isEmpty
    let first = UInt64(1) << UInt64(run.length(0))
    for groups in 1...max(1, run.groups) {
      let digits = run.totals[groups - 1]
      // Several groups without a word in front are a number by their form only.
      guard isNamed || groups == 1 || forms[digits] & first != 0 else { continue }
      for check in checks[digits] where findings.wants(check.type) {
        find(check, groups, run, in: text, &findings)
      }
    }
    findSpanish(run, in: text, &findings)
    findChinese(run, in: text, &findings)
  }

  private static func find(
    _ check: Check, _ groups: Int, _ run: NumberRun, in text: borrowing TextReader,
    _ findings: inout Findings
  ) {
    let end = run.ends[groups - 1]
    let hasForm =
      !check.form.isEmpty && run.begins(with: check.form) && check.form.count == groups
      && separatorsFit(run, check) && run.isAlone(groups, in: text)
    guard hasForm || !check.context.isEmpty || groups == 1 && check.isStrong else { return }
    guard text.isBoundary(at: end) else { return }
    let isNamed =
      hasForm || check.isStrong && groups == 1
      || !check.context.isEmpty
        && !findings.context(text, before: run.start).isDisjoint(with: check.context)
    if isNamed, check.isRight(run.digits(groups)) { findings.add(check.type, run.start..<end) }
  }

  private static func separatorsFit(_ run: NumberRun, _ check: Check) -> Bool {
    for (index, separator) in check.separators.enumerated()
    where run.separators[index + 1] != separator {
      return false
    }
    return true
  }

  private struct Check {
    var type: PIIType
    var digits: Int
    /// Lengths of the groups in the way it is printed, and what stands between them.
    var form: [Int] = []
    var separators: [UInt8] = []
    /// One of these words has to stand in front, if it has not its form.
    var context: Context = []
    /// Its checksum and rules are enough.
    var isStrong = false
    var isRight: @Sendable ([Int]) -> Bool
  }

  private static let space = UInt8(ascii: " ")
  private static let hyphen = UInt8(ascii: "-")

  /// By how many digits they want.
  private static let checks: [[Check]] = {
    var checks = [[Check]](repeating: [], count: NumberRun.mostDigits + 1)
    for check in all { checks[check.digits].append(check) }
    return checks
  }()

  /// A bit for each length that the first group of a form has, by how many digits the forms have.
  private static let forms: [UInt64] = checks.map { checks in
    checks.reduce(0) { $0 | ($1.form.first.map { UInt64(1) << UInt64($0) } ?? 0) }
  }

  private static let all: [Check] = [
    Check(
      type: .germanTaxID, digits: 11, form: [2, 3, 3, 3], separators: [space, space, space],
      context: .tax, isRight: isGermanTaxID),
    Check(
      type: .brazilianCPF, digits: 11, form: [3, 3, 3, 2],
      separators: [UInt8(ascii: "."), UInt8(ascii: "."), hyphen], context: .cpf, isRight: isCPF),
    Check(type: .polishPESEL, digits: 11, context: .pesel) { digits in
      let sum = Checksums.weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3])
      return (10 - sum % 10) % 10 == digits[10]
    },
    Check(type: .dutchBSN, digits: 9, context: .bsn) { digits in
      let sum = Checksums.weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1])
      return sum > 0 && sum % 11 == 0
    },
    Check(type: .portugueseNIF, digits: 9, context: .nif) { digits in
      let check = 11 - Checksums.weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11
      return [1, 2, 3, 5, 6, 8, 9].contains(digits[0]) && (check > 9 ? 0 : check) == digits[8]
    },
    Check(
      type: .indianAadhaar, digits: 12, form: [4, 4, 4], separators: [space, space],
      context: .aadhaar
    ) { digits in
      digits[0] > 1 && Checksums.verhoeff(digits)
    },
    Check(
      type: .japaneseMyNumber, digits: 12, form: [4, 4, 4], context: .myNumber, isRight: isMyNumber),
    Check(type: .koreanRRN, digits: 13, form: [6, 7], separators: [hyphen], context: .identity) {
      digits in
      // Of those given out since 2020 the last digits are no checksum.
      isDay(digits[4] * 10 + digits[5], of: digits[2] * 10 + digits[3])
        && (1...8).contains(digits[6])
    },
    Check(
      type: .frenchINSEE, digits: 15, form: [1, 2, 2, 2, 3, 3, 2], context: .insee, isStrong: true,
      isRight: isINSEE),
  ]

  private static func isDay(_ day: Int, of month: Int) -> Bool {
    (1...12).contains(month) && (1...31).contains(day)
  }

  /// One digit occurs twice or three times among the first ten, besides the checksum.
  private static func isGermanTaxID(_ digits: [Int]) -> Bool {
    guard digits[0] != 0 else { return false }
    var counts = [Int](repeating: 0, count: 10)
    for digit in digits.prefix(10) { counts[digit] += 1 }
    let repeated = counts.filter { $0 > 1 }
    return repeated.count == 1 && repeated[0] <= 3 && Checksums.mod11and10(digits)
  }

  private static func isCPF(_ digits: [Int]) -> Bool {
    guard Set(digits).count > 1 else { return false }
    let first = Checksums.weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10
    let second = Checksums.weighted(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10
    return first == digits[9] && second == digits[10]
  }

  private static func isMyNumber(_ digits: [Int]) -> Bool {
    let rest = Checksums.weighted(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
    return (rest <= 1 ? 0 : 11 - rest) == digits[11]
  }

  private static func isINSEE(_ digits: [Int]) -> Bool {
    let month = digits[3] * 10 + digits[4]
    guard digits[0] == 1 || digits[0] == 2, (1...12).contains(month) || (20...42).contains(month)
    else { return false }
    let number = digits.prefix(13).reduce(0) { $0 * 10 + $1 }
    return 97 - number % 97 == digits[13] * 10 + digits[14]
  }

  // MARK: - Digits and letters

  static let nifLetters = Array("TRWAGMYFPDXBNJZSQVHLCKE".utf8)

  /// `12345678Z`, and with a hyphen.
  private static func findSpanish(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.spanishNIF), run.length(0) == 8 else { return }
    var letter = run.ends[0]
    if text[letter] == hyphen { letter += 1 }
    guard text[letter].isLetter, text.isBoundary(at: letter + 1) else { return }
    let number = run.digits(1).reduce(0) { $0 * 10 + $1 }
    if nifLetters[number % 23] == text[letter].raised {
      findings.add(.spanishNIF, run.start..<letter + 1)
    }
  }

  /// Eighteen digits with a day of birth; the last may be an X (ISO 7064, MOD 11-2).
  private static func findChinese(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    let length = run.length(0)
    guard findings.wants(.chineseID), length == 18 || length == 17 else { return }
    let end = run.start + 18
    let last = text[end - 1].raised
    guard last.isDigit || last == UInt8(ascii: "X"), text.isBoundary(at: end) else { return }
    let digits = run.digits(1)
    let year = digits[6...9].reduce(0) { $0 * 10 + $1 }
    guard (1900...2100).contains(year),
      isDay(digits[12] * 10 + digits[13], of: digits[10] * 10 + digits[11])
    else { return }
    let sum = Checksums.weighted(digits, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
    if Array("10X98765432".utf8)[sum % 11] == last { findings.add(.chineseID, run.start..<end) }
  }

  /// `AB 12 34 56 C` and without its spaces.
  static func findNINO(
    at start: Int, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.britishNINO), text.isBoundary(before: start) else { return }
    let first = text[start].raised
    let second = text[start + 1].raised
    guard first.isLetter, second.isLetter, ![0x44, 0x46, 0x49, 0x51, 0x55, 0x56].contains(first),
      ![0x44, 0x46, 0x49, 0x4F, 0x51, 0x55, 0x56].contains(second)
    else { return }
    if ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(
      String(decoding: [first, second], as: UTF8.self))
    {
      return
    }
    var index = start + 2
    for _ in 0..<3 {
      if text[index] == space { index += 1 }
      guard text[index].isDigit, text[index + 1].isDigit else { return }
      index += 2
    }
    if text[index] == space { index += 1 }
    guard (0x41...0x44).contains(text[index].raised), text.isBoundary(at: index + 1) else { return }
    findings.add(.britishNINO, start..<index + 1)
  }

  static func find(
    token range: Range<Int>, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    let bytes = text.copy(range).map(\.raised)
    switch bytes.count {
    case 9:
      findNINO(at: range.lowerBound, in: text, &findings)
      if isNIE(bytes) { findings.add(.spanishNIE, range) }
    case 10 where isPAN(bytes): findings.add(.indianPAN, range)
    case 15 where isCorsican(bytes): findings.add(.frenchINSEE, range)
    case 16 where isFiscalCode(bytes): findings.add(.italianFiscalCode, range)
    default: break
    }
  }

  private static func isNIE(_ bytes: [UInt8]) -> Bool {
    guard let prefix = Array("XYZ".utf8).firstIndex(of: bytes[0]),
      bytes[1...7].allSatisfy(\.isDigit)
    else { return false }
    let number = bytes[1...7].reduce(prefix) { $0 * 10 + $1.value }
    return nifLetters[number % 23] == bytes[8]
  }

  /// Five letters, the fourth for the kind of holder, four digits, a letter.
  private static func isPAN(_ bytes: [UInt8]) -> Bool {
    bytes[..<5].allSatisfy(\.isLetter) && bytes[5..<9].allSatisfy(\.isDigit) && bytes[9].isLetter
      && Array("PCHFATBLJG".utf8).contains(bytes[3])
  }

  /// People from Corsica have `2A` or `2B` for the département.
  private static func isCorsican(_ bytes: [UInt8]) -> Bool {
    guard bytes[5] == 0x32, bytes[6] == 0x41 || bytes[6] == 0x42 else { return false }
    var digits = bytes
    digits[5] = 0x31
    digits[6] = bytes[6] == 0x41 ? 0x39 : 0x38
    return digits.allSatisfy(\.isDigit) && isINSEE(digits.map(\.value))
  }

  private static let oddValues = [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
  ]

  private static func isFiscalCode(_ bytes: [UInt8]) -> Bool {
    let isDigitPlace = [6, 7, 9, 10, 12, 13, 14]
    for (index, byte) in bytes.enumerated() {
      if isDigitPlace.contains(index) {
        // Where two people would have the same, digits become letters.
        guard byte.isDigit || Array("LMNPQRSTUV".utf8).contains(byte) else { return false }
      } else {
        guard byte.isLetter else { return false }
      }
    }
    guard Array("ABCDEHLMPRST".utf8).contains(bytes[8]) else { return false }
    var sum = 0
    for (index, byte) in bytes.dropLast().enumerated() {
      let value = byte.isDigit ? byte.value : Int(byte) - 65
      sum += index % 2 == 0 ? oddValues[value] : value
    }
    return Int(bytes[15]) - 65 == sum % 26
  }
}

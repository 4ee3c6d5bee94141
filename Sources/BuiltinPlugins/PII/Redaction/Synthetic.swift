// SPDX-License-Identifier: Apache-2.0

/// Values that are well-formed and belong to nobody: from ranges that are kept for examples where there are any, else with
/// right checksums.
package enum Synthetic {
  /// The value of a number: the same for the same number, another for another, as far as the range goes.
  package static func value(_ type: PIIType, number: Int, like original: [UInt8]) -> [UInt8] {
    Array(text(type, number, original).utf8)
  }

  private static func text(_ type: PIIType, _ number: Int, _ original: [UInt8]) -> String {
    switch type {
    case .email: "user\(number)@example.com"
    case .domain: "host\(number).example.com"
    case .url: "https://example.com/\(number)"
    // RFC 5737 and RFC 3849.
    case .ipAddress:
      original.contains(UInt8(ascii: ":"))
        ? "2001:db8::\(String(number, radix: 16))"
        : "\(["192.0.2", "198.51.100", "203.0.113"][number / 254 % 3]).\(number % 254 + 1)"
    // RFC 7042.
    case .macAddress: "00:00:5E:00:53:\(hexadecimal(number % 256, 2))"
    // 555-0100 to 555-0199 are kept for stories.
    case .phone: "+1 \(202 + number / 100 % 700)-555-01\(decimal(number % 100, 2))"
    case .creditCard: digits(closed("400000" + decimal(number, 9), by: Checksums.luhn))
    case .iban: iban(number)
    case .routingNumber: digits(closed("0210" + decimal(number, 4), by: Checksums.aba))
    case .bankAccount: "000" + decimal(number, 7)
    case .vatNumber: "DE" + decimal(900_000_000 + number, 9)
    // Kept for advertisements.
    case .ssn: "987-65-432\(number % 10)"
    case .itin: "900-70-" + decimal(number, 4)
    case .passport: "X" + decimal(number, 8)
    case .driverLicense: "D" + decimal(number, 7)
    case .date: date(number, like: original)
    case .crypto: crypto(number, like: original)
    case .imei: digits(closed("001010" + decimal(number, 8), by: Checksums.luhn))
    case .coordinates: "0.\(decimal(number, 4)), 0.\(decimal(number, 4))"
    default: nationalID(type, number)
    }
  }

  private static func nationalID(_ type: PIIType, _ number: Int) -> String {
    switch type {
    case .germanTaxID: germanTaxID(number)
    case .brazilianCPF: search(decimal(number, 9), 2) { "CPF \($0)" }
    case .polishPESEL: search("0001010" + decimal(number, 3), 1) { "PESEL \($0)" }
    case .dutchBSN: search(decimal(number * 10 + 1, 7), 2) { "BSN \($0)" }
    case .portugueseNIF: search("9" + decimal(number, 7), 1) { "NIF \($0)" }
    case .japaneseMyNumber: search("0" + decimal(number, 10), 1) { "mynumber \($0)" }
    case .indianAadhaar: search("2" + decimal(number, 10), 1) { "aadhaar \($0)" }
    case .britishNHS: search("999" + decimal(number, 6), 1) { "NHS \($0)" }
    case .npi: search("1" + decimal(number, 8), 1) { "NPI \($0)" }
    case .chineseID: search("99000019000101" + decimal(number, 3), 1) { $0 }
    case .frenchINSEE: search("1000199" + decimal(number, 6), 2) { $0 }
    case .dea: search("AA" + decimal(number, 6), 1) { "DEA \($0)" }
    case .koreanRRN: "000101-1" + decimal(number, 6)
    case .spanishNIF: lettered(decimal(number, 8))
    case .spanishNIE: "X" + lettered(decimal(number, 7))
    case .italianFiscalCode: fiscalCode(number)
    // No number begins with QQ.
    case .britishNINO: "QQ" + decimal(number, 6) + "A"
    case .indianPAN: "AAAPZ" + decimal(number, 4) + "Z"
    case .medicareNumber: "1AA0AA0AA\(decimal(number % 100, 2))"
    case .vin: vin(number)
    default: "PLACEHOLDER\(number)"
    }
  }

  /// The digits that make a number right, found by asking the recogniser itself.
  private static func search(
    _ start: String, _ missing: Int, _ said: (String) -> String
  ) -> String {
    let limit = missing == 1 ? 10 : 100
    for step in 0..<200 {
      let base = step == 0 ? start : bumped(start, step)
      for end in 0..<limit {
        let candidate = base + decimal(end, missing)
        if !all.findings(in: said(candidate).utf8).isEmpty { return candidate }
      }
    }
    return start
  }

  private static let all = Scanner([.nationalid, .medical])

  /// The same with a larger number at its end, for one that no last digit makes right.
  private static func bumped(_ text: String, _ step: Int) -> String {
    let head = text.prefix(while: { !$0.isNumber })
    let number = Int(text.dropFirst(head.count)) ?? 0
    return head + decimal(number + step * 1000 + step, text.count - head.count)
  }

  private static func germanTaxID(_ number: Int) -> String {
    // Ten digits of which one occurs twice: a permutation of nine, chosen by the number.
    var rest = Array(1...9)
    var left = number
    var found: [Int] = []
    while !rest.isEmpty {
      found.append(rest.remove(at: left % rest.count))
      left /= max(1, rest.count + 1)
    }
    found.append(found[0])
    return digits(closed(digits(found), by: Checksums.mod11and10))
  }

  private static func lettered(_ number: String) -> String {
    let letter = NationalIDs.nifLetters[(Int(number) ?? 0) % 23]
    return number + String(decoding: [letter], as: UTF8.self)
  }

  private static func fiscalCode(_ number: Int) -> String {
    let start = "XXXXXX00A01Z" + decimal(number % 1000, 3)
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    where !all.findings(in: (start + String(letter)).utf8).isEmpty {
      return start + String(letter)
    }
    return start
  }

  private static func vin(_ number: Int) -> String {
    let start = "1ZZZZZZZ"
    let end = "A" + "Z" + decimal(number, 6)
    for check in "0123456789X" {
      let candidate = start + String(check) + end
      if Checksums.vin(Array(candidate.utf8)) { return candidate }
    }
    return start
  }

  private static func iban(_ number: Int) -> String {
    let account = "TEST" + decimal(number, 14)
    let rest = Checksums.mod97(Array((account + "GB00").utf8))
    return "GB" + decimal(98 - rest, 2) + account
  }

  private static func crypto(_ number: Int, like original: [UInt8]) -> String {
    if original.starts(with: Array("0x".utf8)) { return "0x" + hexadecimal(number, 40) }
    return Base58.encode([0] + Array(hexadecimal(number, 20).utf8))
  }

  /// A day in the form that the original has, if that is one of digits.
  private static func date(_ number: Int, like original: [UInt8]) -> String {
    let year = decimal(1901 + number / 336 % 99, 4)
    let month = decimal(number / 28 % 12 + 1, 2)
    let day = decimal(number % 28 + 1, 2)
    let isFirst = original.prefix(4).allSatisfy(\.isDigit)
    if isFirst || !original.contains(UInt8(ascii: "/")) { return "\(year)-\(month)-\(day)" }
    return "\(month)/\(day)/\(year)"
  }

  // MARK: - Digits

  private static func closed(_ text: String, by check: ([Int]) -> Bool) -> [Int] {
    let given = text.utf8.map(\.value)
    return (0...9).map { given + [$0] }.first(where: check) ?? given
  }

  private static func digits(_ values: [Int]) -> String { values.map(String.init).joined() }

  private static func decimal(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text.suffix(width)
  }

  private static func hexadecimal(_ number: Int, _ width: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}

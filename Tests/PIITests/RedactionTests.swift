// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PII

struct RedactionTests {
  @Test(arguments: PIIType.allCases.filter { $0.category != .credentials && $0 != .custom })
  func `synthetic values are of their type, each another`(type: PIIType) {
    var said: Set<String> = []
    for number in 1...10 {
      let value = String(decoding: Synthetic.value(type, number: number, like: []), as: UTF8.self)
      said.insert(value)
      // Nobody's ranges are no numbers to the recognisers; all else they find.
      guard ![.britishNINO, .creditCard].contains(type) || type == .creditCard else { continue }
      let finds = Scanning.finds(in: "\(Self.word[type] ?? "it is") \(value) now")
      #expect(finds.contains { $0.type == type && $0.text == value }, "\(type): \(value) \(finds)")
    }
    #expect(said.count == 10)
  }

  private static let word: [PIIType: String] = [
    .routingNumber: "routing", .bankAccount: "account", .vatNumber: "VAT", .passport: "passport",
    .driverLicense: "driver license", .germanTaxID: "tax", .brazilianCPF: "CPF",
    .polishPESEL: "PESEL",
    .dutchBSN: "BSN", .portugueseNIF: "NIF", .japaneseMyNumber: "mynumber",
    .indianAadhaar: "Aadhaar",
    .britishNHS: "NHS", .npi: "NPI", .dea: "DEA", .medicareNumber: "Medicare", .imei: "IMEI",
  ]

  @Test func `what was put in the place of values is found again, the longest first`() {
    let entries = (1...12).map { number in
      Redactor.Entry(
        type: .email, original: Array("value \(number)".utf8),
        replacement: Array("PLACEHOLDER\(number)".utf8), isRestorable: number != 3)
    }
    let restorer = Restorer(entries)
    let text = Array("PLACEHOLDER1, PLACEHOLDER12. PLACEHOLDER123 PLACEHOLDER3 PLACEHOLDER2".utf8)
    let found = text.withUnsafeBufferPointer { restorer.matches(in: $0, isFinal: true).matches }
    #expect(
      found.map { String(decoding: $0.original, as: UTF8.self) } == [
        "value 1", "value 12", "value 2",
      ])
    let held = text.withUnsafeBufferPointer { restorer.matches(in: $0, isFinal: false) }
    #expect(held.settled == text.count - 12)
    #expect(held.matches.count == 2)
  }

  @Test func `credentials become as many hash marks as they have characters`() {
    var redactor = Redactor(.synthetic)
    let mark = redactor.replacement(for: Array("gehéim1".utf8), .password, isRestorable: true)
    #expect(String(decoding: mark, as: UTF8.self) == "#######")
    #expect(redactor.entries.map(\.isRestorable) == [false])
  }
}

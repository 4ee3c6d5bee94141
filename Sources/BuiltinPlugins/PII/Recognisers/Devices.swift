// SPDX-License-Identifier: Apache-2.0

/// Numbers of devices and vehicles.
enum Devices {
  static func find(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.imei), let groups = run.groups(with: 15),
      text.isBoundary(at: run.ends[groups - 1]),
      findings.context(text, before: run.start).contains(.imei),
      Checksums.luhn(run.digits(groups))
    else { return }
    findings.add(.imei, run.start..<run.ends[groups - 1])
  }

  /// Vehicles' numbers with the check digit of North America, or behind words that say so.
  static func find(
    token range: Range<Int>, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.vin), range.count == 17 else { return }
    let bytes = text.copy(range).map(\.raised)
    guard bytes.allSatisfy({ $0.isAlphanumeric && ![0x49, 0x4F, 0x51].contains($0) }) else {
      return
    }
    if findings.context(text, before: range.lowerBound).contains(.vin) || Checksums.vin(bytes) {
      findings.add(.vin, range)
    }
  }
}

/// Pairs of degrees with at least four decimals: `48.8584, 2.2945`.
enum Coordinates {
  static func find(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.coordinates) else { return }
    guard let latitude = degrees(from: run.start, most: 90, in: text) else { return }
    var index = latitude
    guard text[index] == UInt8(ascii: ",") else { return }
    index += 1
    if text[index] == 0x20 { index += 1 }
    if text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
    guard let longitude = degrees(from: index, most: 180, in: text) else { return }
    let hasSign =
      text[run.start - 1] == UInt8(ascii: "-") || text[run.start - 1] == UInt8(ascii: "+")
    findings.add(.coordinates, run.start - (hasSign ? 1 : 0)..<longitude)
  }

  private static func degrees(
    from start: Int, most: Int, in text: borrowing TextReader
  ) -> Int? {
    let whole = text.end(from: start, most: 4) { $0.isDigit }
    guard (1...3).contains(whole - start), text[whole] == UInt8(ascii: ".") else { return nil }
    var value = 0
    for index in start..<whole { value = value * 10 + text[index].value }
    let end = text.end(from: whole + 1, most: 16) { $0.isDigit }
    return value <= most && end - whole > 4 ? end : nil
  }
}

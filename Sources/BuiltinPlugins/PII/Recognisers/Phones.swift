// SPDX-License-Identifier: Apache-2.0

/// Numbers of telephones: with a country code, in the shapes of some countries, or behind words that say so.
enum Phones {
  static func find(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.phone) else { return }
    if international(run, in: text, &findings) { return }
    if let groups = shape(run, in: text) {
      findings.add(.phone, opening(run, in: text)..<run.ends[groups - 1])
      return
    }
    guard findings.context(text, before: run.start).contains(.phone) else { return }
    // As many groups as make one number.
    let (groups, digits) = run.groups(upTo: 15)
    if (6...15).contains(digits), text.isBoundary(at: run.ends[groups - 1]) {
      findings.add(.phone, opening(run, in: text)..<run.ends[groups - 1])
    }
  }

  /// E.164: at most 15 digits behind the plus.
  private static func international(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) -> Bool {
    let hasPlus = text[run.start - 1] == UInt8(ascii: "+")
    let hasZeros =
      run.digits[0] == 0x30 && run.digits[1] == 0x30 && run.digits[2] != 0x30 && run.count >= 10
      && run.length(0) <= 5 && run.groups > 1 && run.isAlone(run.groups, in: text)
    guard hasPlus || hasZeros else { return false }
    // North America's numbers have eleven digits: what follows is something else.
    let most = hasPlus ? (run.digits[0] == 0x31 ? 11 : 15) : 17
    let (groups, digits) = run.groups(upTo: most)
    guard digits >= 8 else { return false }
    findings.add(.phone, run.start - (hasPlus ? 1 : 0)..<run.ends[groups - 1])
    return true
  }

  /// How many groups a number has that is known by its shape alone.
  private static func shape(_ run: NumberRun, in text: borrowing TextReader) -> Int? {
    let first = run.digits[0]
    if run.begins(with: [3, 3, 4]), text.isBoundary(at: run.ends[2]) { return 3 }
    if first == 0x31, run.begins(with: [1, 3, 3, 4]), text.isBoundary(at: run.ends[3]) { return 4 }
    if first == 0x30, run.begins(with: [2, 2, 2, 2, 2]), run.isSeparated(5, by: " .-") { return 5 }
    if first == 0x31, (0x33...0x39).contains(run.digits[1]), run.begins(with: [3, 4, 4]) {
      return 3
    }
    // With the zero of trunk calls, as in most of Europe and Asia.
    guard first == 0x30, run.digits[1] != 0x30, (3...5).contains(run.length(0)),
      run.isAlone(run.groups, in: text)
    else { return nil }
    var digits = run.length(0)
    var groups = 1
    while groups < run.groups, digits + run.length(groups) <= 12, run.length(groups) > 1 {
      digits += run.length(groups)
      groups += 1
    }
    return groups > 1 && digits >= 9 && text.isBoundary(at: run.ends[groups - 1]) ? groups : nil
  }

  /// With the bracket in front of an area code.
  private static func opening(_ run: NumberRun, in text: borrowing TextReader) -> Int {
    let hasBracket =
      text[run.start - 1] == UInt8(ascii: "(") && text[run.ends[0]] == UInt8(ascii: ")")
    return hasBracket ? run.start - 1 : run.start
  }
}

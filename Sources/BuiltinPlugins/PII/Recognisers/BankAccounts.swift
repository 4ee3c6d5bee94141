// SPDX-License-Identifier: Apache-2.0

/// Numbers of accounts and of the banks that keep them, behind words that say so: they have no form of their own.
enum BankAccounts {
  static func find(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.bankAccount) else { return }
    let context = findings.context(text, before: run.start)
    if context.contains(.routing), run.length(0) == 9, text.isBoundary(at: run.ends[0]),
      Checksums.aba(run.digits(1))
    {
      findings.add(.routingNumber, run.start..<run.ends[0])
    }
    if context.contains([.sort, .code]), run.begins(with: [2, 2, 2]), run.isSeparated(3, by: "- ") {
      findings.add(.bankAccount, run.start..<run.ends[2])
    }
    guard context.contains(.account) else { return }
    var groups = 1
    while groups < run.groups, run.separators[groups] == 0x20 || run.separators[groups] == 0x2D {
      groups += 1
    }
    let digits = run.digits(groups).count
    if (6...17).contains(digits), text.isBoundary(at: run.ends[groups - 1]) {
      findings.add(.bankAccount, run.start..<run.ends[groups - 1])
    } else if (6...17).contains(run.length(0)), text.isBoundary(at: run.ends[0]) {
      findings.add(.bankAccount, run.start..<run.ends[0])
    }
  }
}

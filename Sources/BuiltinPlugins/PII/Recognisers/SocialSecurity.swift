// SPDX-License-Identifier: Apache-2.0

/// Social security numbers of the United States, by the rules of the SSA since 2011, and the taxpayer numbers of the IRS
/// that look like them.
enum SocialSecurity {
  static func find(
    _ run: NumberRun, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    guard findings.wants(.ssn) || findings.wants(.itin) else { return }
    let isGrouped = run.begins(with: [3, 2, 4]) && run.isSeparated(3, by: "- .")
    let end: Int
    if isGrouped {
      end = run.ends[2]
    } else if run.length(0) == 9, findings.context(text, before: run.start).isSocialSecurity {
      end = run.ends[0]
    } else {
      return
    }
    guard text.isBoundary(at: end) else { return }
    let digits = run.digits(isGrouped ? 3 : 1)
    let area = digits[0] * 100 + digits[1] * 10 + digits[2]
    let group = digits[3] * 10 + digits[4]
    let serial = digits[5...8].reduce(0) { $0 * 10 + $1 }
    if isNumber(area, group, serial) {
      findings.add(.ssn, run.start..<end)
    } else if area >= 900,
      (50...65).contains(group) || (70...88).contains(group)
        || (90...92).contains(group) || (94...99).contains(group)
    {
      findings.add(.itin, run.start..<end)
    }
  }

  /// 987-65-432x are kept for advertisements: nobody has them, but they are meant to be numbers.
  private static func isNumber(_ area: Int, _ group: Int, _ serial: Int) -> Bool {
    if area == 987, group == 65, (4320...4329).contains(serial) { return true }
    return area > 0 && area != 666 && area < 900 && group > 0 && serial > 0
  }
}

// SPDX-License-Identifier: Apache-2.0

import Glibc
import PII

/// What the search for personal values costs: megabytes of text a second, on one core. Prints a JSON array.
@main
enum Measure {
  private static let size = 1 << 20

  private static let texts: [(name: String, part: String)] = [
    (
      "plain prose",
      "The quick brown fox jumps over the lazy dog, and then it sleeps for a while in the sun. "
        + "Nobody knows why it does so; perhaps it is tired. "
    ),
    (
      "prose, a find in 400 bytes",
      "Please write to the support team when the answer is not what was expected, and say which of "
        + "the steps went wrong, what was seen and what should have been seen instead of it. The team "
        + "reads all messages within a day or two, and answers in the order in which they came, but "
        + "for those that are marked as urgent by somebody who may do so. Our address is "
        + "support@example.com, as ever. "
    ),
    ("nothing but digits", "1-"), ("nothing but signs", "@:=."),
  ]

  static func main() {
    let scanner = Scanner(PIICategory.asked(by: ["all_and_credentials"]))
    let results = texts.map { name, part in
      let bytes = Array(part.utf8)
      let text = Array(repeatElement(bytes, count: size / bytes.count).joined())
      var best = Int.max
      var finds = 0
      for _ in 0..<5 {
        let start = processorTime
        finds = scanner.findings(in: text).count
        best = min(best, processorTime - start)
      }
      let speed = Double(text.count) / Double(best) * 1000
      return #"{"text": "\#(name)", "mb_s": \#(Int(speed)), "finds": \#(finds)}"#
    }
    print("[\n  " + results.joined(separator: ",\n  ") + "\n]")
  }

  private static var processorTime: Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}

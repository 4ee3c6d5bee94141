// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import patchbay

struct TextTableTests {
  @Test func `columns are as wide as their longest cell, and lines end without spaces`() {
    let table = TextTable(
      [.init("NAME"), .init("SIZE", .right), .init("BY")],
      [["a", "9 B", "somebody"], ["long-name", "10.5 MiB", ""]])
    #expect(
      table.text == """
        NAME           SIZE  BY
        a               9 B  somebody
        long-name  10.5 MiB
        """)
  }

  @Test func `nothing in a cell reaches the terminal as a command`() {
    let table = TextTable([.init("X")], [["a\u{1B}[31mb\nc\u{9B}d"]])
    #expect(table.text == "X\na [31mb c d")
  }

  @Test(arguments: [
    (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (7_812_960, "7.5 MiB"),
    (5 << 30, "5.0 GiB"), (3 << 50, "3072.0 TiB"),
  ])
  func bytes(_ count: Int, _ text: String) { #expect(Units.bytes(count) == text) }

  @Test(arguments: [
    (0.4, "0 µs"), (85, "85 µs"), (1234, "1.2 ms"), (999_999, "1000.0 ms"), (3_400_000, "3.4 s"),
  ])
  func latencies(_ microseconds: Double, _ text: String) {
    #expect(Units.latency(microseconds) == text)
  }

  @Test(arguments: [(-3, "0s"), (59, "59s"), (60, "1m"), (7199, "1h"), (864_000, "10d")])
  func ages(_ seconds: Int, _ text: String) { #expect(Units.age(seconds) == text) }
}

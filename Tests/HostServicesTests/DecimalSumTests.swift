// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostServices

struct DecimalSumTests {
  private func sum(_ numbers: (Int64, Int)...) -> DecimalSum {
    numbers.reduce(into: DecimalSum()) { $0.add($1.0, exponent: $1.1) }
  }

  @Test func `decimals add up without rounding`() {
    #expect(sum((1, -1), (2, -1)).text == "0.3")
    #expect(sum((315, -8), (7515, -8)).text == "0.0000783")
    #expect(sum((1, 3), (5, -2)).text == "1000.05")
    #expect(sum((5, -1), (-5, -1)).text == "0")
    #expect(sum((-5, -2)).text == "-0.05")
    #expect(sum((12, 2)).text == "1200")
    #expect(DecimalSum().text == "0" && DecimalSum().double == 0)
    #expect(sum((1, -1), (2, -1)).double == 0.3)
  }

  @Test func `whole numbers of floating point are decimals too, others are what they are`() {
    var one = DecimalSum()
    one.add(3.0)
    one.add(25, exponent: -2)
    #expect(one.text == "3.25")
    one.add(0.125)
    #expect(one.text == "3.375" && one.double == 3.375)
  }

  @Test func `sums of sums are the same`() {
    var one = sum((1, -1))
    one.add(sum((2, -1), (7, 0)))
    #expect(one.text == "7.3")
  }

  @Test func `what does not fit is added as nearly as floating point has it`() {
    var one = sum((9_000_000_000_000_000_000, 20))
    one.add(1, exponent: -20)
    #expect(one.double == 9e38)
    one.add(5, exponent: 64)
    #expect(one.double == 5e64)
  }

  @Test func `only what is not in digits can leave the numbers`() {
    var one = sum((.max, 64))
    one.add(.greatestFiniteMagnitude)
    #expect(one.isFinite && one.double.isFinite)
    one.add(.greatestFiniteMagnitude)
    #expect(!one.isFinite && !one.double.isFinite)
  }
}

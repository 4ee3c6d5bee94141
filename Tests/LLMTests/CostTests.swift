// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct CostTests {
  static let costs: [(Int, String, Int, String, String)] = [
    (1000, "0.15", 500, "0.60", "0.00045"), (1, "0.1", 1, "0.2", "0.0000003"),
    (1_000_000, "2.5", 0, "10", "2.5"), (0, "1", 0, "1", "0"), (3, "1e-3", 7, "2E2", "0.001400003"),
    (123_456_789, "15", 987_654_321, "75", "75925.92591"), (2_000_000, "5", 0, "1", "10"),
    (10, "0.075", 20, "0.3", "0.00000675"),
  ]

  @Test(arguments: costs)
  func `a cost is exact`(
    prompt: Int, input: String, completion: Int, output: String, cost: String
  ) throws {
    let prices = try #require(
      TokenPrices(input: ExactDecimal(input), output: ExactDecimal(output)))
    let usage = Usage(promptTokens: prompt, completionTokens: completion)
    #expect(prices.cost(of: usage)?.description == cost)
  }

  @Test func `one price alone is no price`() {
    #expect(TokenPrices(input: ExactDecimal(1), output: nil) == nil)
    #expect(TokenPrices(input: nil, output: ExactDecimal(1)) == nil)
  }

  static let decimals: [(String, String?)] = [
    ("0", "0"), ("-0", "0"), ("10", "10"), ("1.50", "1.5"), ("-0.001", "-0.001"), ("1e3", "1000"),
    ("1.5E-3", "0.0015"), ("1e+2", "100"), ("100e-2", "1"), ("", nil), ("-", nil), (".5", nil),
    ("1.", nil), ("1e", nil), ("1e1000", nil), ("abc", nil), ("1 ", nil), ("0x1", nil),
    ("170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
    ("170141183460469231731687303715884105728", nil), ("1e-9223372036854775808", nil),
  ]

  @Test(arguments: decimals)
  func `a decimal prints what it means`(text: String, printed: String?) {
    #expect(ExactDecimal(text)?.description == printed)
  }

  @Test func `a floating-point number is its shortest decimal`() {
    #expect(ExactDecimal(0.1)?.description == "0.1")
    #expect(ExactDecimal(1e-7)?.description == "0.0000001")
    #expect(ExactDecimal(15.0)?.description == "15")
    #expect(ExactDecimal(Double.infinity) == nil)
    #expect(ExactDecimal(Double.nan) == nil)
    #expect(ExactDecimal("0.30")?.double == 0.3)
  }

  @Test func `what has too many digits is nil and never wrong`() throws {
    let large = try #require(ExactDecimal("170141183460469231731687303715884105727"))
    #expect(large * ExactDecimal(3) == nil)
    #expect(large + ExactDecimal(1) == nil)
    #expect(try large + #require(ExactDecimal("1e-30")) == nil)
    #expect(try #require(ExactDecimal("1e900")) + ExactDecimal(1) == nil)
  }

  @Test func `timings are those of the clock`() {
    var timings = CallTimings(started: 1_000_000)
    #expect(timings.latency == nil && timings.timePerToken(completionTokens: 1) == nil)
    timings.headReceived = 1_250_999
    #expect(timings.latency == 250)
    #expect(timings.timeToFirstToken == 250)
    timings.firstToken = 1_300_500
    #expect(timings.timeToFirstToken == 300)
    #expect(timings.timePerToken(completionTokens: 3)?.description == "83.333333")
    #expect(timings.timePerToken(completionTokens: 0)?.description == "0")
    #expect(timings.timePerToken(completionTokens: 1_000_000)?.description == "0.00025")
    #expect(timings.timePerToken(completionTokens: .max)?.description == "0")
  }
}

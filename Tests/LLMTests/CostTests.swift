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

  private func refined() throws -> TokenPrices {
    var prices = try #require(TokenPrices(input: ExactDecimal(10), output: ExactDecimal(100)))
    prices.cacheRead = ExactDecimal(1)
    prices.cacheWrite = ExactDecimal(12)
    prices.cacheWrites = [.init(ttl: "1h", cost: ExactDecimal(20))]
    prices.contextFactors = [
      .init(above: 1000, input: ExactDecimal(2), output: try #require(ExactDecimal(1.5))),
      .init(above: 5000, input: ExactDecimal(4), output: ExactDecimal(3)),
    ]
    prices.tierFactors = [.init(tier: "Priority", factor: ExactDecimal(2))]
    return prices
  }

  @Test func `tokens of a cache have their own prices`() throws {
    var usage = Usage(promptTokens: 100, completionTokens: 1)
    usage.cachedPromptTokens = 40
    usage.cacheWriteTokens = 30
    usage.cacheWrites = [.init(ttl: "1h", tokens: 20), .init(ttl: "5m", tokens: 10)]
    // 30 plain, 40 read, 20 written for an hour, 10 written otherwise.
    let expected = 30 * 10 + 40 * 1 + 20 * 20 + 10 * 12 + 100
    #expect(try refined().cost(of: usage) == ExactDecimal(expected).movingPoint(by: -6))
    var plain = try refined()
    plain.cacheRead = nil
    plain.cacheWrite = nil
    plain.cacheWrites = []
    #expect(plain.cost(of: usage)?.description == "0.0011")
  }

  @Test(arguments: [(1000, "0.01"), (1001, "0.02002"), (6000, "0.24")])
  func `long prompts have factors`(prompt: Int, cost: String) throws {
    let usage = Usage(promptTokens: prompt, completionTokens: 0)
    #expect(try refined().cost(of: usage)?.description == cost)
  }

  @Test(arguments: [("priority", "0.0002"), ("x-PRIORITY-1", "0.0002"), ("default", "0.0001")])
  func `a tier of service has a factor`(tier: String, cost: String) throws {
    var usage = Usage(promptTokens: 0, completionTokens: 1)
    usage.serviceTier = tier
    #expect(try refined().cost(of: usage)?.description == cost)
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

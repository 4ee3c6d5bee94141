// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

/// The prices among Kong's `model.options`.
package struct PriceOptions: Decodable, Sendable {
  package struct CacheWrite: Decodable, Sendable {
    package var ttl: String
    package var cost: JSONValue
  }

  package struct ContextFactor: Decodable, Sendable {
    package var above: String
    package var inputFactor: JSONValue
    package var outputFactor: JSONValue

    enum CodingKeys: String, CodingKey {
      case above
      case inputFactor = "input_factor"
      case outputFactor = "output_factor"
    }
  }

  package struct TierFactor: Decodable, Sendable {
    package var tier: String
    package var factor: JSONValue
  }

  package var inputCost: JSONValue?
  package var outputCost: JSONValue?
  package var cacheReadCost: JSONValue?
  package var cacheWriteCost: JSONValue?
  package var cacheWriteCosts: [CacheWrite]?
  package var contextFactors: [ContextFactor]?
  package var tierFactors: [TierFactor]?

  enum CodingKeys: String, CodingKey {
    case inputCost = "input_cost"
    case outputCost = "output_cost"
    case cacheReadCost = "cache_read_cost"
    case cacheWriteCost = "cache_write_cost"
    case cacheWriteCosts = "cache_write_cost_list"
    case contextFactors = "context_window_factor"
    case tierFactors = "service_tier_factor"
  }

  package static let schema: ConfigFields = [
    "input_cost": .number.greaterThan(0).describe(
      "price of a million tokens of the prompt; a cost needs both sides"),
    "output_cost": .number.greaterThan(0).describe(
      "price of a million tokens of the answer"),
    "cache_read_cost": .number.describe(
      "price of a million tokens that come from the provider's cache; `input_cost` without it"),
    "cache_write_cost": .number.describe(
      "price of a million tokens that go to its cache; `input_cost` without it"),
    "cache_write_cost_list": .array(
      of: .record([
        "ttl": .string.required.describe("how long they are kept: `5m`, `1h`"),
        "cost": .number.required.describe("price of a million of them"),
      ])
    ).describe("prices of tokens that go to its cache, by how long they are kept"),
    "context_window_factor": .array(
      of: .record([
        "above": .string.required.check { value in
          tokens(value.text ?? "") == nil ? "should be a number of tokens, such as '200K'" : nil
        }.describe("tokens of a prompt: `200000`, `200K`, `1M`"),
        "input_factor": .number.required.describe("for the tokens of the prompt"),
        "output_factor": .number.required.describe("for the tokens of the answer"),
      ])
    ).describe(
      "factors for all tokens of a request whose prompt is longer; the highest that is reached"),
    "service_tier_factor": .array(
      of: .record([
        "tier": .string.required.minLength(1).describe("part of the tier's name"),
        "factor": .number.required.describe("for the whole cost"),
      ])
    ).describe("factors by the tier that the provider reports; 1 without one"),
  ]

  /// The prices; nil unless both sides have one.
  package var prices: TokenPrices? {
    guard
      var prices = TokenPrices(
        input: inputCost.flatMap(\.decimal), output: outputCost.flatMap(\.decimal))
    else { return nil }
    prices.cacheRead = cacheReadCost.flatMap(\.decimal)
    prices.cacheWrite = cacheWriteCost.flatMap(\.decimal)
    prices.cacheWrites = (cacheWriteCosts ?? []).compactMap { part in
      part.cost.decimal.map { TokenPrices.CacheWrite(ttl: part.ttl, cost: $0) }
    }
    prices.contextFactors = (contextFactors ?? []).compactMap { part in
      guard let above = Self.tokens(part.above), let input = part.inputFactor.decimal,
        let output = part.outputFactor.decimal
      else { return nil }
      return TokenPrices.ContextFactor(above: above, input: input, output: output)
    }
    prices.tierFactors = (tierFactors ?? []).compactMap { part in
      part.factor.decimal.map { TokenPrices.TierFactor(tier: part.tier, factor: $0) }
    }
    return prices
  }

  /// `200000`, `200K`, `1M`.
  private static func tokens(_ text: String) -> Int? {
    let unit =
      switch text.last {
      case "k", "K": 1000
      case "m", "M": 1_000_000
      default: 1
      }
    let digits = unit == 1 ? text[...] : text.dropLast()
    guard let count = Int(digits), count >= 0 else { return nil }
    let (tokens, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow ? nil : tokens
  }
}

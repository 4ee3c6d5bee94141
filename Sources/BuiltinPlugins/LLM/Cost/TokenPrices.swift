// SPDX-License-Identifier: Apache-2.0

/// What tokens cost: the prices of a model's options, per million tokens, and what changes them.
package struct TokenPrices: Equatable, Sendable {
  /// The price of a million prompt tokens.
  package var input: ExactDecimal
  /// The price of a million completion tokens.
  package var output: ExactDecimal
  /// The price of a million prompt tokens that were read from a cache; nil: as any others.
  package var cacheRead: ExactDecimal?
  /// The price of a million prompt tokens that were written to a cache; nil: as any others.
  package var cacheWrite: ExactDecimal?
  /// The same, by how long they are kept.
  package var cacheWrites: [CacheWrite] = []
  /// Factors for long prompts.
  package var contextFactors: [ContextFactor] = []
  /// Factors for tiers of service.
  package var tierFactors: [TierFactor] = []

  /// The price of a million tokens that are kept in a cache for a time.
  package struct CacheWrite: Equatable, Sendable {
    /// The time as the provider calls it, such as `1h`.
    package var ttl: String
    /// The price.
    package var cost: ExactDecimal

    /// A price.
    package init(ttl: String, cost: ExactDecimal) {
      self.ttl = ttl
      self.cost = cost
    }
  }

  /// What a prompt above a size makes of the prices, of all its tokens.
  package struct ContextFactor: Equatable, Sendable {
    /// Prompt tokens, which must be more.
    package var above: Int
    /// Of the prompt's price.
    package var input: ExactDecimal
    /// Of the completion's.
    package var output: ExactDecimal

    /// A factor.
    package init(above: Int, input: ExactDecimal, output: ExactDecimal) {
      self.above = above
      self.input = input
      self.output = output
    }
  }

  /// What a tier of service makes of a whole cost.
  package struct TierFactor: Equatable, Sendable {
    /// Part of the tier's name, in any case.
    package var tier: String
    /// The factor.
    package var factor: ExactDecimal

    /// A factor.
    package init(tier: String, factor: ExactDecimal) {
      self.tier = tier.lowercased()
      self.factor = factor
    }
  }

  /// Nil unless both prices are given, as a cost that leaves one side out would mislead.
  package init?(input: ExactDecimal?, output: ExactDecimal?) {
    guard let input, let output else { return nil }
    self.input = input
    self.output = output
  }

  /// `(prompt × input + completion × output) / 1 000 000`, exactly: nothing is rounded. Tokens of a cache that have a
  /// price of their own are counted by that one and not by `input`.
  ///
  /// Nil only where the exact value has more than 38 digits, which no price that anyone has
  /// published can reach.
  package func cost(of usage: Usage) -> ExactDecimal? {
    let context = contextFactors.filter { usage.promptTokens > $0.above }
      .max { $0.above < $1.above }
    let one = ExactDecimal(1)
    guard let prompt = promptCost(of: usage).flatMap({ $0 * (context?.input ?? one) }),
      let completion = (ExactDecimal(usage.completionTokens) * output)
        .flatMap({ $0 * (context?.output ?? one) }),
      let sum = (prompt + completion).flatMap({ $0 * tierFactor(of: usage) })
    else { return nil }
    return sum.movingPoint(by: -6)
  }

  private func promptCost(of usage: Usage) -> ExactDecimal? {
    var plain = usage.promptTokens
    var sum: ExactDecimal? = .zero
    func add(_ tokens: Int, _ price: ExactDecimal) {
      plain -= tokens
      sum = sum.flatMap { sum in (ExactDecimal(tokens) * price).flatMap { sum + $0 } }
    }
    if let cacheRead { add(usage.cachedPromptTokens ?? 0, cacheRead) }
    var written = usage.cacheWriteTokens ?? 0
    for part in usage.cacheWrites {
      guard let price = cacheWrites.first(where: { $0.ttl == part.ttl })?.cost else { continue }
      add(part.tokens, price)
      written -= part.tokens
    }
    if let cacheWrite { add(max(0, written), cacheWrite) }
    // A provider that counts cached tokens apart from its prompt's cannot make a price negative.
    add(max(0, plain), input)
    return sum
  }

  private func tierFactor(of usage: Usage) -> ExactDecimal {
    guard let tier = usage.serviceTier?.lowercased() else { return ExactDecimal(1) }
    return tierFactors.first { tier.contains($0.tier) }?.factor ?? ExactDecimal(1)
  }
}

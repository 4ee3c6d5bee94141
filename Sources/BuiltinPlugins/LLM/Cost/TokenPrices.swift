// SPDX-License-Identifier: Apache-2.0

/// What tokens cost: the `input_cost` and `output_cost` of a model's options, per million tokens.
package struct TokenPrices: Equatable, Sendable {
  /// The price of a million prompt tokens.
  package var input: ExactDecimal
  /// The price of a million completion tokens.
  package var output: ExactDecimal

  /// Nil unless both prices are given, as a cost that leaves one side out would mislead.
  package init?(input: ExactDecimal?, output: ExactDecimal?) {
    guard let input, let output else { return nil }
    self.input = input
    self.output = output
  }

  /// `(prompt × input + completion × output) / 1 000 000`, exactly: nothing is rounded.
  ///
  /// Nil only where the exact value has more than 38 digits, which no price that anyone has
  /// published can reach.
  package func cost(of usage: Usage) -> ExactDecimal? {
    guard let prompt = ExactDecimal(usage.promptTokens) * input,
      let completion = ExactDecimal(usage.completionTokens) * output,
      let sum = prompt + completion
    else { return nil }
    return sum.movingPoint(by: -6)
  }
}

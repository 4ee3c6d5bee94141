// SPDX-License-Identifier: Apache-2.0

package import LLM

// Kong's rule: what is configured wins over what a request asks.
extension ModelRecord.Options {
  /// Puts the configured values into a request that is translated.
  package func apply(to sampling: inout SamplingOptions) {
    sampling.temperature = temperature.map(\.jsonText) ?? sampling.temperature
    sampling.topP = topP.map(\.jsonText) ?? sampling.topP
    sampling.topK = topK.map { .integer($0) } ?? sampling.topK
    sampling.maxTokens = maxTokens.map { .integer($0) } ?? sampling.maxTokens
  }

  /// Puts the configured values into the changes of a request in OpenAI's format.
  package func apply(to rewrite: inout OpenAIRequestRewrite) {
    rewrite.sampling.temperature = temperature.map(\.jsonText)
    rewrite.sampling.topP = topP.map(\.jsonText)
    rewrite.sampling.maxTokens = maxTokens
    rewrite.sampling.topK = topK
    rewrite.dimensions = embeddingsDimensions
  }
}

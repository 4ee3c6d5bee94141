// SPDX-License-Identifier: Apache-2.0

/// How many tokens a call used.
package struct Usage: Equatable, Sendable {
  /// Tokens of the prompt, cached ones included.
  package var promptTokens: Int
  /// Tokens of the answer, those of hidden reasoning included.
  package var completionTokens: Int
  /// All tokens: the provider's figure, or the sum where it gives none.
  package var totalTokens: Int

  /// Prompt tokens that were read from a cache.
  package var cachedPromptTokens: Int?
  /// Prompt tokens that were written to a cache.
  package var cacheWriteTokens: Int?
  /// The same by how long they are kept there, where the provider tells.
  package var cacheWrites: [CacheWrite] = []
  /// Prompt tokens of audio.
  package var audioPromptTokens: Int?
  /// Completion tokens of reasoning.
  package var reasoningTokens: Int?
  /// Completion tokens of audio.
  package var audioCompletionTokens: Int?
  /// Predicted tokens that the answer contains.
  package var acceptedPredictionTokens: Int?
  /// Predicted tokens that it does not contain, which cost all the same.
  package var rejectedPredictionTokens: Int?

  /// Prompt tokens that were written to a cache, to be kept for a time.
  package struct CacheWrite: Equatable, Sendable {
    /// The time as the provider calls it, such as `5m`.
    package var ttl: String
    /// How many.
    package var tokens: Int

    /// Tokens of a time.
    package init(ttl: String, tokens: Int) {
      self.ttl = ttl
      self.tokens = tokens
    }
  }

  /// The tier of service that the provider says it was, such as `priority`: some have prices of their own.
  package var serviceTier: String?

  /// The provider's JSON object with the details of the prompt, byte for byte.
  package var promptDetails: String?
  /// The provider's JSON object with the details of the completion, byte for byte.
  package var completionDetails: String?

  /// Whether the numbers were estimated because the provider reported none. See ``TokenEstimate``.
  package var isEstimate = false

  /// A usage without details.
  package init(promptTokens: Int, completionTokens: Int, totalTokens: Int? = nil) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    // A provider can report anything: counts are never allowed to trap.
    self.totalTokens = totalTokens ?? promptTokens.addingReportingOverflow(completionTokens).0
  }
}

extension Usage: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.number(promptTokens)
    writer.number(completionTokens)
    writer.number(totalTokens)
    writer.number(cachedPromptTokens)
    writer.number(cacheWriteTokens)
    writer.number(audioPromptTokens)
    writer.number(reasoningTokens)
    writer.number(audioCompletionTokens)
    writer.number(acceptedPredictionTokens)
    writer.number(rejectedPredictionTokens)
    writer.number(cacheWrites.count)
    for write in cacheWrites {
      writer.text(write.ttl)
      writer.number(write.tokens)
    }
    writer.text(serviceTier)
    writer.text(promptDetails)
    writer.text(completionDetails)
    writer.flag(isEstimate)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    self.init(
      promptTokens: try reader.number(), completionTokens: try reader.number(),
      totalTokens: try reader.number())
    cachedPromptTokens = try reader.optionalNumber()
    cacheWriteTokens = try reader.optionalNumber()
    audioPromptTokens = try reader.optionalNumber()
    reasoningTokens = try reader.optionalNumber()
    audioCompletionTokens = try reader.optionalNumber()
    acceptedPredictionTokens = try reader.optionalNumber()
    rejectedPredictionTokens = try reader.optionalNumber()
    for _ in 0..<max(0, try reader.number()) {
      cacheWrites.append(CacheWrite(ttl: try reader.text(), tokens: try reader.number()))
    }
    serviceTier = try reader.optionalText()
    promptDetails = try reader.optionalText()
    completionDetails = try reader.optionalText()
    isEstimate = try reader.flag()
  }
}

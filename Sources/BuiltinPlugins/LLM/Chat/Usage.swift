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
    promptDetails = try reader.optionalText()
    completionDetails = try reader.optionalText()
    isEstimate = try reader.flag()
  }
}

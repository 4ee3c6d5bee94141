// SPDX-License-Identifier: Apache-2.0

import LLM

/// What an exchange must not forget when its process dies: the checkpoint.
struct ProxyState: Codable, Sendable {
  /// The request was sent on, so that there is something to count.
  var isActive = false
  var isStreamed = false
  /// The model that was asked.
  var model: String?
  /// The model that says it answered.
  var responseModel: String?
  /// Of an answer that was not streamed.
  var usage: Usage?
  /// Of a stream: one of these counts.
  var counter: StreamUsageCounter?
  var remover: StreamUsageRemover?
  var promptEstimate = 0
  /// Microseconds from the request's head to the response's.
  var latency: UInt64?
  /// When the first token came, in microseconds since 1970.
  var firstToken: UInt64?

  private var tally: OpenAIStreamTally? { counter?.tally ?? remover?.tally }

  /// What was used, as far as it is known.
  var finalUsage: Usage? {
    if let usage { return usage }
    guard let tally, tally.usage != nil || tally.hasOutput else { return nil }
    return tally.usage(estimatedPromptTokens: promptEstimate)
  }

  /// The model that says it answered, else the one that was asked.
  var answeringModel: String? { responseModel ?? tally?.model ?? model }
}

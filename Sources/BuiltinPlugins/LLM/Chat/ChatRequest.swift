// SPDX-License-Identifier: Apache-2.0

/// A request for the next message of a conversation, in no provider's words.
///
/// Requests that stay in their format are edited in place (see ``JSONEdit``). This is for those
/// that go to a provider with another format: each provider's folder maps to and from it.
package struct ChatRequest: Equatable, Sendable {
  /// The model.
  package var model: String?
  /// The conversation so far, instructions included where they stand.
  package var messages: [ChatMessage]
  /// The tools on offer.
  package var tools: [ChatTool] = []
  /// Which of them to call.
  package var toolChoice: ToolChoice?
  /// Whether several may be called at once.
  package var allowsParallelToolCalls: Bool?
  /// How to choose words.
  package var sampling = SamplingOptions()
  /// The shape of the answer.
  package var responseFormat: ResponseFormat?
  /// Whether the answer comes in pieces.
  package var isStreamed = false
  /// Whether the client wants usage in a stream.
  package var asksForUsage = false
  /// What else the request has.
  package var unknown: [UnknownField] = []
  /// Members of its tools for which there is no place here: `tools[0].cache_control`.
  package var lostOfTools: [String] = []

  /// A request.
  package init(model: String?, messages: [ChatMessage]) {
    self.model = model
    self.messages = messages
  }
}

extension ChatRequest {
  /// What no other provider can be told, by its place in the client's body: members of parts and tools that OpenAI's
  /// API does not have.
  package var lost: [String] {
    var lost = lostOfTools
    for (index, message) in messages.enumerated() {
      lost += message.lost.map { "messages[\(index)].\($0)" }
    }
    return lost
  }
}

/// How a model chooses words. Numbers keep the client's spelling.
package struct SamplingOptions: Equatable, Sendable {
  /// Randomness.
  package var temperature: JSONText?
  /// The share of probability that is considered.
  package var topP: JSONText?
  /// The number of candidates that is considered.
  package var topK: JSONText?
  /// The most tokens of an answer.
  package var maxTokens: JSONText?
  /// Texts at which the answer ends.
  package var stop: [String] = []
  /// The seed of the randomness.
  package var seed: JSONText?
  /// Against words that occurred.
  package var presencePenalty: JSONText?
  /// Against words that occurred often.
  package var frequencyPenalty: JSONText?

  /// No preferences.
  package init() {}
}

/// The shape that an answer must have.
package enum ResponseFormat: Equatable, Sendable {
  /// Any text.
  case text
  /// Some JSON object.
  case jsonObject
  /// JSON by a schema: the `json_schema` object with name, schema and strictness.
  case jsonSchema(JSONText)
  /// A format that is not known here, as it is.
  case other(JSONText)
}

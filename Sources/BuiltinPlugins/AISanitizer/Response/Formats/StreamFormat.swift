// SPDX-License-Identifier: Apache-2.0

import LLM

/// The formats of streamed answers: each knows its own events, and says a text in one.
enum StreamFormat: String, Equatable, Sendable {
  case openAI = "openai"
  case anthropic
  case gemini
  case bedrock
  case cohere
  /// Version 1 of Cohere's API.
  case cohereV1 = "cohere-v1"
  /// Hugging Face's Text Generation Inference.
  case textGeneration = "tgi"

  /// The format of an event that is no event of Bedrock's; nil: unknown, or an error, which says of no format.
  init?(of root: JSONNode, in data: RawSpan) {
    var members = JSONMembers(of: root)
    while let member = try? members.next(in: data) {
      guard let key = member.key.string(in: data) else { continue }
      switch key {
      case "choices": self = .openAI
      case "candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId":
        self = .gemini
      case "token", "generated_text": self = .textGeneration
      case "event_type": self = .cohereV1
      case "type":
        guard let type = member.value.string(in: data) else { continue }
        if AnthropicTexts.types.contains(type) {
          self = .anthropic
        } else if CohereTexts.types.contains(type) {
          self = .cohere
        } else {
          continue
        }
      default: continue
      }
      return
    }
    return nil
  }

  /// What an event says.
  func texts(of root: JSONNode, named name: String, in data: RawSpan) -> EventTexts {
    switch self {
    case .openAI: OpenAITexts.texts(of: root, in: data)
    case .anthropic: AnthropicTexts.texts(of: root, in: data)
    case .gemini: GeminiTexts.texts(of: root, in: data)
    case .bedrock: BedrockTexts.texts(of: root, named: name, in: data)
    case .cohere: CohereTexts.texts(of: root, in: data)
    case .cohereV1: CohereV1Texts.texts(of: root, in: data)
    case .textGeneration: TextGenerationTexts.texts(of: root, in: data)
    }
  }

  /// An event that says more of a lane's text.
  ///
  /// - Parameters:
  ///   - text: A JSON string, with its quotation marks.
  ///   - head: Members that the events of the stream have in common, each with a comma behind it.
  func event(saying text: String, in lane: String, head: String) -> (name: String, data: String) {
    let path = lane.split(separator: "/").map(String.init)
    return switch self {
    case .openAI: ("", OpenAITexts.event(saying: text, path, head))
    case .anthropic: AnthropicTexts.event(saying: text, path, head)
    case .gemini: ("", GeminiTexts.event(saying: text, path, head))
    case .bedrock: ("contentBlockDelta", BedrockTexts.event(saying: text, path))
    case .cohere: CohereTexts.event(saying: text, path)
    case .cohereV1: CohereV1Texts.event(saying: text, path)
    case .textGeneration: ("", TextGenerationTexts.event(saying: text))
    }
  }

  /// The members of its events that are the same in all, and that readers want.
  var head: Set<String> {
    switch self {
    case .openAI: ["id", "object", "created", "model"]
    case .anthropic: ["id", "model"]
    case .gemini: ["modelVersion", "responseId", "createTime"]
    case .bedrock, .cohere, .cohereV1, .textGeneration: []
    }
  }
}

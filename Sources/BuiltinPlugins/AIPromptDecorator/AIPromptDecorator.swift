// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

/// Kong's `ai-prompt-decorator`: messages of the configuration in front of a conversation and behind it.
///
/// Nothing but these messages is sent back, however long the conversation is.
@main
struct AIPromptDecorator: Plugin {
  static let manifest = Manifest(name: "ai-prompt-decorator", version: "0.1.0", priority: 772)
  static let schema = DecoratorConfig.schema

  private let config: DecoratorConfig
  private let decoration: any Decoration

  init(config: DecoratorConfig, host: Host) {
    self.config = config
    let prepend = config.prompts.prepend ?? []
    let append = config.prompts.append ?? []
    decoration =
      switch config.llmFormat {
      case "anthropic": AnthropicDecoration(prepend, append)
      case "bedrock": BedrockDecoration(prepend, append)
      case "cohere": CohereDecoration(prepend, append)
      case "gemini": GeminiDecoration(prepend, append)
      case "huggingface": HuggingFaceDecoration(prepend, append)
      default: OpenAIDecoration(prepend, append)
      }
  }
}

extension AIPromptDecorator: RequestPhase {
  var requestInterest: Interest? {
    Interest(body: .whole(kongLimit: config.maxRequestBodySize))
  }

  mutating func request(_ request: inout Request) -> RequestReply {
    let path = request.original.pathAndQuery.path
    do throws(RequestProblem) {
      let splices = try request.body.bytes.withRaw { body throws(RequestProblem) in
        try decoration.splices(for: body, path: path)
      }
      for splice in splices {
        let end = splice.offset + splice.delete
        request.body.replace(splice.offset..<end, with: splice.insert)
      }
      return .proceed
    } catch {
      return .respond(Response(error))
    }
  }
}

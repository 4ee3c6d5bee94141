// SPDX-License-Identifier: Apache-2.0

import LLMConfig
import PluginSDK

/// The config of Kong's `ai-prompt-decorator`, with the fields of 3.10 to 3.15 and the defaults of the newest.
struct DecoratorConfig: Decodable, Sendable {
  struct Message: Decodable, Sendable {
    enum Role: String, Decodable, Sendable {
      case system, user, assistant
    }

    var role: Role
    var content: String
  }

  struct Prompts: Decodable, Sendable {
    var prepend: [Message]?
    var append: [Message]?
  }

  var prompts: Prompts
  var llmFormat: String
  var maxRequestBodySize: Int

  enum CodingKeys: String, CodingKey {
    case prompts
    case llmFormat = "llm_format"
    case maxRequestBodySize = "max_request_body_size"
  }

  private static let messages = ConfigType.array(
    of: .record([
      "role": .string.default("system").oneOf("system", "assistant", "user").describe(
        "who says it"),
      "content": .string.required.minLength(1).maxLength(100_000).describe("what is said"),
    ])
  ).maxCount(15)

  static let schema = ConfigSchema(
    [
      "prompts": .record([
        "prepend": messages.describe("in front of the conversation"),
        "append": messages.describe("behind the conversation"),
      ]).required,
      "max_request_body_size": .requestBodySize.describe(
        "bytes; a longer body is answered with 413"),
      "llm_format": .llmFormat.describe("the API that clients speak"),
    ],
    checks: [.atLeastOneOf("prompts.prepend", "prompts.append")])
}

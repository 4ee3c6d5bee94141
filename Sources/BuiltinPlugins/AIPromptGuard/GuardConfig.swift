// SPDX-License-Identifier: Apache-2.0

import LLMConfig
import Patterns
import PluginSDK

/// The config of Kong's `ai-prompt-guard`, with the fields of 3.10 to 3.15 and the defaults of the newest.
struct GuardConfig: Decodable, Sendable {
  struct Patchbay: Decodable, Sendable {
    var revealReason: Bool

    enum CodingKeys: String, CodingKey {
      case revealReason = "reveal_reason"
    }
  }

  var allowPatterns: [String]?
  var denyPatterns: [String]?
  var ignoresHistory: Bool
  var matchesAllRoles: Bool
  var maxRequestBodySize: Int
  var llmFormat: String
  var patchbay: Patchbay

  enum CodingKeys: String, CodingKey {
    case allowPatterns = "allow_patterns"
    case denyPatterns = "deny_patterns"
    case ignoresHistory = "allow_all_conversation_history"
    case matchesAllRoles = "match_all_roles"
    case maxRequestBodySize = "max_request_body_size"
    case llmFormat = "llm_format"
    case patchbay
  }

  private static let patterns = ConfigType.array(
    of: .string.minLength(1).maxLength(500).pattern()
  ).maxCount(10)

  static let schema = ConfigSchema(
    [
      "allow_patterns": patterns.describe("one of these must match, if there are any"),
      "deny_patterns": patterns.describe("none of these may match; they are asked first"),
      "allow_all_conversation_history": .boolean.default(false).describe(
        "only the user's last message is matched; what was said before is not looked at"),
      "match_all_roles": .boolean.default(false).describe(
        "messages of all roles are matched, results and arguments of tools too; else the user's"),
      "max_request_body_size": .requestBodySize.describe(
        "bytes; a longer body is answered with 413"),
      "llm_format": .llmFormat.describe("the API that clients speak"),
      "genai_category": .string.default("text/generation").oneOf(
        "text/generation", "text/embeddings", "audio/speech", "audio/transcription",
        "image/generation", "video/generation", "realtime/generation"
      ).describe("accepted; what a body is, it tells itself"),
      "patchbay": .record([
        "reveal_reason": .boolean.default(false).describe(
          "the client is told why: `prompt pattern is blocked` or its like")
      ]).required,
    ],
    checks: [
      .atLeastOneOf("allow_patterns", "deny_patterns"),
      .conditional(
        if: "match_all_roles", is: { $0.bool == true }, then: "allow_all_conversation_history",
        must: .boolean.oneOf(false)),
    ])
}

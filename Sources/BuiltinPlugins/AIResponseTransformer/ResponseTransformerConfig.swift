// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import Transformation

/// The config of Kong's `ai-response-transformer`.
struct ResponseTransformerConfig: Decodable, Sendable {
  var transformation: TransformationConfig
  /// `parse_llm_response_json_instructions`
  var readsInstructions: Bool

  enum CodingKeys: String, CodingKey {
    case readsInstructions = "parse_llm_response_json_instructions"
  }

  init(from decoder: any Decoder) throws {
    transformation = try TransformationConfig(from: decoder)
    readsInstructions = try decoder.container(keyedBy: CodingKeys.self)
      .decode(Bool.self, forKey: .readsInstructions)
  }

  static let schema = ConfigSchema(
    TransformationConfig.fields + [
      "parse_llm_response_json_instructions": .boolean.default(false).describe(
        "the model's answer is an object with `status`, `headers` and `body` of the response")
    ], checks: TransformationConfig.checks)
}

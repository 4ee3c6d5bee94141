// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

// Fields that several of Kong's AI plugins have. What they mean for a plugin each describes itself.
extension ConfigType {
  /// `max_request_body_size`: see ``BodyInterest/whole(kongLimit:)``.
  package static var requestBodySize: ConfigType {
    .integer.default(1_048_576).check { value in
      (value.int ?? 0) < 0 ? "value must be 0 (unlimited) or greater" : nil
    }
  }

  /// `llm_format`: whose API clients speak.
  package static var llmFormat: ConfigType {
    .string.default("openai").oneOf(
      "anthropic", "bedrock", "cohere", "gemini", "huggingface", "openai")
  }
}

extension BodyInterest {
  /// The whole body.
  ///
  /// - Parameter limit: Kong's `max_request_body_size` in bytes; 0: only the host's own limit holds.
  package static func whole(kongLimit limit: Int) -> BodyInterest {
    .whole(limit: limit == 0 ? nil : limit)
  }
}

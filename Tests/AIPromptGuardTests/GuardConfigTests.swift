// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_prompt_guard

struct GuardConfigTests {
  private func diagnostics(_ config: String) async throws -> [String] {
    try await PluginHarness.diagnostics(AIPromptGuard.self, configJSON: config).map {
      "\($0.pointer): \($0.message)"
    }
  }

  @Test func `Kong's defaults are the defaults`() throws {
    let config = try JSONValue(parsing: #"{"deny_patterns":["a"]}"#)
    let (completed, diagnostics) = GuardConfig.schema.validate(config)
    #expect(diagnostics.isEmpty)
    #expect(completed["allow_all_conversation_history"] == false)
    #expect(completed["match_all_roles"] == false)
    #expect(completed["max_request_body_size"] == 1_048_576)
    #expect(completed["llm_format"] == "openai")
    #expect(completed["genai_category"] == "text/generation")
    #expect(completed.at("/patchbay/reveal_reason") == false)
    #expect(AIPromptGuard.manifest.priority == 771)
    #expect(AIPromptGuard.manifest.onFailure == .closed)
  }

  @Test(arguments: [
    (
      "{}",
      ": at least one of these fields must be non-empty: 'allow_patterns', 'deny_patterns'"
    ),
    (
      #"{"allow_patterns":[],"deny_patterns":[]}"#,
      ": at least one of these fields must be non-empty: 'allow_patterns', 'deny_patterns'"
    ),
    (#"{"deny_patterns":[""]}"#, "/deny_patterns/0: length must be at least 1"),
    (
      #"{"deny_patterns":["\#(String(repeating: "a", count: 501))"]}"#,
      "/deny_patterns/0: length must be at most 500"
    ),
    (
      #"{"allow_patterns":[\#(Array(repeating: #""a""#, count: 11).joined(separator: ","))]}"#,
      "/allow_patterns: length must be at most 10"
    ),
    (
      #"{"allow_patterns":["a","(b"]}"#,
      "/allow_patterns/1: not a valid regular expression: missing closing parenthesis at offset 2"
    ),
    (
      #"{"deny_patterns":["a"],"llm_format":"mistral"}"#,
      "/llm_format: expected one of: anthropic, bedrock, cohere, gemini, huggingface, openai"
    ),
    (
      #"{"deny_patterns":["a"],"max_request_body_size":-1}"#,
      "/max_request_body_size: value must be 0 (unlimited) or greater"
    ),
    (
      #"{"deny_patterns":["a"],"match_all_roles":true,"allow_all_conversation_history":true}"#,
      "/allow_all_conversation_history: expected one of: false"
    ),
    (
      #"{"deny_patterns":["a"],"genai_category":"x"}"#,
      "/genai_category: expected one of: text/generation, text/embeddings, audio/speech, audio/transcription, image/generation, video/generation, realtime/generation"
    ),
    (#"{"deny_patterns":["a"],"x":1}"#, "/x: unknown field"),
  ])
  func `what is wrong with a config is said with its place`(
    config: String, expected: String
  ) async throws {
    let found = try await diagnostics(config)
    #expect(found.contains(expected), "\(found)")
  }
}

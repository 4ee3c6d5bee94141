// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_prompt_decorator

/// A decorator with some messages, and what it makes of a body.
struct Decorator {
  let harness: PluginHarness<AIPromptDecorator>

  init(
    _ format: String = "openai", prepend: [(String, String)] = [], append: [(String, String)] = []
  ) async throws {
    func list(_ messages: [(String, String)]) -> JSONValue {
      .array(messages.map { ["role": .string($0.0), "content": .string($0.1)] })
    }
    let config: JSONValue = [
      "llm_format": .string(format),
      "prompts": ["prepend": list(prepend), "append": list(append)],
    ]
    harness = try await PluginHarness(AIPromptDecorator.self, configJSON: config.description)
  }

  func result(_ body: String, path: String = "/") async throws -> CallResult {
    try await harness.exchange(.post(path, body: body)).request()
  }

  func decorated(_ body: String, path: String = "/") async throws -> String {
    let result = try await result(body, path: path)
    #expect(!result.responded, "\(result.response?.text ?? "")")
    _ = try JSONValue(parsing: result.request.text)
    return result.request.text
  }

  func refusal(_ body: String, path: String = "/") async throws -> String? {
    let response = try await result(body, path: path).response
    #expect(response?.status == 400)
    return try JSONValue(parsing: response?.text ?? "").at("/error/message")?.text
  }
}

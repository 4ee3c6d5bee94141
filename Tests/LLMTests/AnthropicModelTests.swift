// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct AnthropicModelTests {
  @Test(arguments: [
    ("claude-2.1", 201), ("claude-instant-1.2", 102), ("claude-3-haiku-20240307", 300),
    ("claude-3-5-haiku-20241022", 305), ("claude-3-7-sonnet-latest", 307),
    ("claude-sonnet-4-20250514", 400), ("claude-opus-4-1-20250805", 401),
    ("claude-haiku-4-5", 405), ("claude-sonnet-4-6", 406), ("claude-opus-4-7", 407),
    ("claude-sonnet-5", 500), ("claude-fable-5-2", 502), ("claude-opus-5-5-20261001", 505),
  ])
  func `the version is told from the name`(name: String, version: Int) {
    #expect(AnthropicModel(name).version == version)
  }

  @Test(arguments: ["claude", "my-model", "claude-mythos-preview", "", "claude-20250514"])
  func `a name without a version has none`(name: String) {
    #expect(AnthropicModel(name).version == nil)
  }

  /// From Anthropic's own lists of November 2026.
  @Test(arguments: [
    "claude-fable-5-1", "claude-mythos-5-1", "claude-mythos-preview", "claude-opus-5-5",
    "claude-opus-5", "claude-opus-4-8", "claude-opus-4-7", "claude-sonnet-5-5", "claude-sonnet-5",
    "claude-haiku-5-5",
  ])
  func `newer models take no sampling parameters`(name: String) {
    #expect(!AnthropicModel(name).takesSampling)
    #expect(AnthropicModel(name).thinking == .adaptive)
  }

  @Test(arguments: ["claude-opus-4-6", "claude-sonnet-4-6", "claude-haiku-4-5", "claude-3-opus"])
  func `older models take sampling parameters`(name: String) {
    #expect(AnthropicModel(name).takesSampling)
  }

  @Test func `how a model thinks depends on its version`() {
    #expect(AnthropicModel("claude-3-5-haiku-20241022").thinking == .none)
    #expect(AnthropicModel("claude-3-7-sonnet-20250219").thinking == .budget)
    #expect(AnthropicModel("claude-opus-4-5").thinking == .budget)
    #expect(AnthropicModel("claude-opus-4-6").thinking == .adaptive)
    #expect(AnthropicModel("an-alias").thinking == .adaptive)
  }

  @Test func `an alias counts as a current model that may be sampled`() {
    let alias = AnthropicModel("an-alias")
    #expect(alias.takesSampling)
    #expect(alias.hasStructuredOutputs)
    #expect(alias.defaultMaxTokens == 16_384)
  }

  @Test(arguments: [
    ("claude-3-haiku-20240307", 4096), ("claude-3-5-sonnet-20241022", 8192),
    ("claude-opus-4-1", 16_384), ("claude-sonnet-5-5", 16_384),
  ])
  func `the default limit is one that the model has`(name: String, limit: Int) {
    #expect(AnthropicModel(name).defaultMaxTokens == limit)
  }
}

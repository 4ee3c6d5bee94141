// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_azure_content_safety

struct SafetyConfigTests {
  static let refusals: [(String, String, String)] = [
    ("{}", "/content_safety_url", "required field missing"),
    (Guard.config(key: ""), "/content_safety_key", "must set one of"),
    (
      Guard.config().replacing("https://i.example", with: "i"), "/content_safety_url",
      "missing host in url"
    ),
    (Guard.config(#""guarding_mode":"X""#), "/guarding_mode", "expected one of"),
    (Guard.config(#""text_source":"X""#), "/text_source", "expected one of"),
    (Guard.config(#""output_type":"X""#), "/output_type", "expected one of"),
    (Guard.config(#""azure_api_version":"""#), "/azure_api_version", "length must be at least 1"),
    (Guard.config(#""response_buffer_size":0"#), "/response_buffer_size", "greater than 0"),
    (
      Guard.config().replacing(#""rejection_level":2"#, with: #""x":1"#),
      "/categories/0/rejection_level", "required field missing"
    ),
    (Guard.config(#""azure_client_secret":"s""#), "/azure_tenant_id", "must be set"),
    (Guard.config(#""patchbay":{"llm_format":"x"}"#), "/patchbay/llm_format", "expected one of"),
  ]

  @Test(arguments: refusals)
  func `a config is refused, with the place`(
    config: String, pointer: String, message: String
  ) async throws {
    let found = try await PluginHarness.diagnostics(AIAzureContentSafety.self, configJSON: config)
    #expect(
      found.contains { $0.pointer == pointer && $0.message.contains(message) }, "\(found)")
  }

  @Test func `an address may name the operation`() async throws {
    let path = "https://i.example:8443/proxy/text:analyze"
    let harness = try await PluginHarness(
      AIAzureContentSafety.self,
      configJSON: Guard.config().replacing("https://i.example", with: path))
    harness.answerHTTP { request in
      #expect(request.url == path)
      return Guard.rate(request)
    }
    #expect(try await !harness.exchange(Guard.chat("hi")).request().responded)
  }

  @Test func `Kong's priority and name`() {
    #expect(AIAzureContentSafety.manifest.name == "ai-azure-content-safety")
    #expect(AIAzureContentSafety.manifest.priority == 774)
    #expect(!AIAzureContentSafety.manifest.takesConsumers)
  }
}

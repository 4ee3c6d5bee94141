// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_request_transformer

struct RequestTransformerConfigTests {
  static let refusals: [(String, String, String)] = [
    ("{}", "/prompt", "required field missing"),
    ("{}", "/llm/route_type", "required field missing"),
    (
      Asked.config().replacing("llm/v1/chat", with: "llm/v1/completions"), "/llm/route_type",
      "'config.llm.route_type' must be 'llm/v1/chat' for AI transformer plugins"
    ),
    (Asked.config().replacing("llm/v1/chat", with: "x"), "/llm/route_type", "expected one of"),
    (
      Asked.config(#""http_proxy_host":"a""#), "",
      "all or none of these fields must be set: 'http_proxy_host', 'http_proxy_port'"
    ),
    (
      Asked.config(#""https_proxy_port":1"#), "",
      "all or none of these fields must be set: 'https_proxy_host', 'https_proxy_port'"
    ),
    (
      Asked.config(#""http_proxy_host":"a","http_proxy_port":65536"#), "/http_proxy_port",
      "value should be between 0 and 65535"
    ),
    (
      Asked.config(#""max_request_body_size":-1"#), "/max_request_body_size",
      "value must be 0 (unlimited) or greater"
    ),
    (Asked.config(#""http_timeout":0"#), "/http_timeout", "value must be greater than 0"),
    (
      Asked.config(#""transformation_extract_pattern":"a(""#), "/transformation_extract_pattern",
      "not a valid regular expression"
    ),
    (
      Asked.config(llm: #""model":{"provider":"openai"},"logging":{}"#), "/llm/model/name",
      "must set 'model.name'"
    ),
    (
      Asked.config(llm: #""model":{"provider":"vllm","name":"m"},"logging":{}"#),
      "/llm/model/options/upstream_url",
      "must set 'model.options.upstream_url' for self-hosted providers/models"
    ),
    (
      Asked.config(
        llm:
          #""auth":{"allow_override":true},"model":{"provider":"gemini","name":"m"},"logging":{}"#),
      "/llm/auth/allow_override", "bedrock and gemini only support auth.allow_override = false"
    ),
    (
      Asked.config(
        llm: #""auth":{"header_name":"x"},"model":{"provider":"openai","name":"m"},"logging":{}"#),
      "/llm/auth", "all or none of these fields must be set: 'header_name', 'header_value'"
    ),
  ]

  @Test(arguments: refusals)
  func `a config is refused, with the place`(
    config: String, pointer: String, message: String
  ) async throws {
    let found = try await PluginHarness.diagnostics(AIRequestTransformer.self, configJSON: config)
    #expect(
      found.contains { $0.pointer == pointer && $0.message.contains(message) }, "\(found)")
  }

  @Test func `proxies, verification and time limit are those of the config`() async throws {
    let more =
      #""http_proxy_host":"p","http_proxy_port":1,"https_proxy_host":"q","https_proxy_port":2,"https_verify":false"#
    let secure = try await Asked(more) { _ in Asked.says("x") }
    _ = try await secure.post("x")
    #expect(secure.requests.first?.proxy == ForwardProxy(host: "q", port: 2))
    #expect(secure.requests.first?.verifiesCertificate == false)
    let plain = try await Asked(
      more,
      llm:
        #""model":{"provider":"openai","options":{"upstream_url":"http://m:80/v1"}},"logging":{}"#
    ) { _ in Asked.says("x") }
    _ = try await plain.post("x")
    #expect(plain.requests.first?.proxy == ForwardProxy(host: "p", port: 1))
    #expect(plain.requests.first?.url == "http://m:80/v1")
    #expect(plain.requests.first?.text.contains("model") == false)
  }

  @Test func `Kong's priority and name`() {
    #expect(AIRequestTransformer.manifest.name == "ai-request-transformer")
    #expect(AIRequestTransformer.manifest.priority == 777)
    #expect(AIRequestTransformer.manifest.takesConsumers)
    #expect(!AIRequestTransformer.manifest.takesSingleConsumers)
  }
}

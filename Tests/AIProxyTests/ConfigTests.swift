// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_proxy

struct ConfigTests {
  static let refusals: [(String, String, String)] = [
    ("{}", "/route_type", "required field missing"),
    ("{}", "/model/provider", "required field missing"),
    (config(#""route_type":"x""#, nil), "/route_type", "expected one of: llm/v1/chat"),
    (
      config(#""route_type":"llm/v1/responses""#, nil), "/route_type",
      "route_type 'llm/v1/responses' is not supported yet"
    ),
    (config(provider: "nobody"), "/model/provider", "expected one of: anthropic"),
    (
      config(
        "", #""route_type":"llm/v1/embeddings""#, provider: "anthropic",
        options: #""anthropic_version":"2023-06-01""#), "/route_type",
      "provider 'anthropic' does not offer llm/v1/embeddings"
    ),
    (
      config(#""auth":{"header_name":"x"}"#), "/auth",
      "all or none of these fields must be set: 'header_name', 'header_value'"
    ),
    (
      config(#""auth":{"param_name":"x","param_value":"y"}"#), "/auth",
      "all or none of these fields must be set: 'param_name', 'param_value', 'param_location'"
    ),
    (
      config(#""auth":{"param_name":"x","param_value":"y","param_location":"z"}"#),
      "/auth/param_location", "expected one of: query, body"
    ),
    (
      config(#""auth":{"allow_override":true}"#, provider: "gemini"), "/auth/allow_override",
      "bedrock and gemini only support auth.allow_override = false"
    ),
    (
      config(options: #""input_cost":0"#), "/model/options/input_cost",
      "value must be greater than 0"
    ),
    (
      config(options: #""temperature":5.1"#), "/model/options/temperature",
      "value should be between 0 and 5"
    ),
    (
      config(options: #""top_k":501"#), "/model/options/top_k",
      "value should be between 0 and 500"
    ),
    (config(options: #""top_p":-1"#), "/model/options/top_p", "value should be between 0 and 1"),
    (config(options: #""max_tokens":1.5"#), "/model/options/max_tokens", "expected an integer"),
    (
      config(options: #""upstream_url":"here""#), "/model/options/upstream_url",
      "missing host in url"
    ),
    (
      config(options: #""upstream_url":"http://a:99999/""#), "/model/options/upstream_url",
      "should be an absolute http or https URL"
    ),
    (
      config(options: #""upstream_path":"/a b""#), "/model/options/upstream_path",
      "should be a path, percent-encoded"
    ),
    (
      config(options: #""upstream_url":"http://a/ä""#), "/model/options/upstream_url",
      "should be an absolute http or https URL"
    ),
    (config(options: #""colour":1"#), "/model/options/colour", "unknown field"),
    (
      config(options: #""gemini":{"project_id":"x"}"#), "/model/options",
      "all or none of these fields must be set"
    ),
    (
      config(provider: "llama2"), "/model/options/upstream_url",
      "must set 'model.options.upstream_url' for self-hosted providers/models"
    ),
    (
      config(provider: "azure"), "/model/options/azure_instance",
      "must set azure_instance for azure provider"
    ),
    (
      config(#""llm_format":"bedrock""#), "/llm_format",
      "native llm_format 'bedrock' can only be used with the 'bedrock' model.provider"
    ),
    (
      config(#""llm_format":"gemini","route_type":"llm/v1/completions""#, nil, provider: "gemini"),
      "/route_type",
      "native provider options in llm_format can only be used with the 'llm/v1/chat' route_type"
    ),
    (
      config(#""max_request_body_size":-1"#), "/max_request_body_size",
      "value must be 0 (unlimited) or greater"
    ),
    (config(#""response_streaming":"maybe""#), "/response_streaming", "expected one of: allow"),
  ]

  private static func config(
    _ members: String = "", _ route: String? = #""route_type":"llm/v1/chat""#,
    provider: String = "openai", options: String = ""
  ) -> String {
    let options = options.isEmpty ? "" : #","options":{\#(options)}"#
    let model = #""model":{"provider":"\#(provider)"\#(options)}"#
    let all = [route ?? "", members, model].filter { !$0.isEmpty }
    return "{\(all.joined(separator: ","))}"
  }

  @Test(arguments: refusals)
  func `a wrong config is refused with its place`(
    config: String, pointer: String, message: String
  ) async throws {
    let diagnostics = try await Proxy.diagnostics(config)
    #expect(
      diagnostics.contains { $0.pointer == pointer && $0.message.hasPrefix(message) },
      "\(diagnostics)")
  }

  @Test func `a long context is told in tokens`() async throws {
    let factor = #""above":"long","input_factor":2,"output_factor":2"#
    let diagnostics = try await Proxy.diagnostics(
      Self.config(options: #""context_window_factor":[{\#(factor)}]"#))
    #expect(diagnostics.map(\.pointer) == ["/model/options/context_window_factor/0/above"])
  }

  @Test func `the defaults are Kong's`() throws {
    let (config, diagnostics) = AIProxy.schema.validate(try JSONValue(parsing: Self.config()))
    #expect(diagnostics.isEmpty)
    #expect(config["max_request_body_size"] == 1_048_576)
    #expect(config["response_streaming"] == "allow")
    #expect(config["model_name_header"] == true)
    #expect(config["llm_format"] == "openai")
    #expect(config["genai_category"] == "text/generation")
    #expect(config.at("/auth/allow_override") == false)
    #expect(config.at("/logging/log_statistics") == false)
    #expect(config.at("/logging/log_payloads") == false)
  }

  @Test func `the keys are secrets`() {
    let schema = AIProxy.schema.jsonSchema
    for field in [
      "header_value", "param_value", "aws_access_key_id", "aws_secret_access_key",
      "azure_client_secret", "gcp_service_account_json",
    ] {
      #expect(schema.at("/properties/auth/properties/\(field)/x-secret") == true, "\(field)")
    }
  }
}

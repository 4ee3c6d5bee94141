// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

/// The config of Kong's `ai-proxy`, with the fields of 3.10 to 3.15 and the defaults of the newest.
struct ProxyConfig: Decodable, Sendable {
  var routeType: RouteType
  var auth: AuthRecord
  var model: ModelRecord
  var logging: LoggingRecord
  var responseStreaming: ResponseStreaming
  var maxRequestBodySize: Int
  var modelNameHeader: Bool
  var llmFormat: String
  var patchbay: PatchbayRecord

  enum CodingKeys: String, CodingKey {
    case routeType = "route_type"
    case auth, model, logging
    case responseStreaming = "response_streaming"
    case maxRequestBodySize = "max_request_body_size"
    case modelNameHeader = "model_name_header"
    case llmFormat = "llm_format"
    case patchbay
  }

  static let schema = ConfigSchema(
    [
      "route_type": .string.required.oneOf(LLMRecord.routeTypes).describe(
        "`llm/v1/chat`, `llm/v1/completions`, `llm/v1/embeddings`, or `preserve`: whatever the client "
          + "sends, unchecked but for its model. The others are refused: not supported yet"),
      "auth": AuthRecord.schema,
      "model": ModelRecord.schema,
      "logging": LoggingRecord.schema,
      "response_streaming": .string.default("allow").oneOf("allow", "deny", "always").describe(
        "`always`: every answer is streamed; `deny`: a client that asks for a stream is refused"),
      "max_request_body_size": .requestBodySize.describe(
        "bytes; 0 is unlimited, up to the host's own limit"),
      "model_name_header": .boolean.default(true).describe(
        "answers carry `X-Kong-LLM-Model: PROVIDER/MODEL`"),
      "llm_format": .llmFormat.describe(
        "whose API clients speak; other than `openai` it is the provider's own"),
      "genai_category": .string.default("text/generation").oneOf(
        "text/generation", "text/embeddings", "audio/speech", "audio/transcription",
        "image/generation", "video/generation"
      ).describe("read by nothing: `route_type` says it"),
      "patchbay": PatchbayRecord.schema,
    ],
    checks: kongChecks + supportChecks)

  /// Kong's own entity checks.
  private static let kongChecks: [ConfigCheck] = [
    .custom { config in
      let format = config["llm_format"]?.text ?? "openai"
      guard format != "openai" else { return [] }
      var diagnostics: [ConfigDiagnostic] = []
      if config["route_type"]?.text != "llm/v1/chat" {
        diagnostics.append(
          ConfigDiagnostic(
            "/route_type",
            "native provider options in llm_format can only be used with the 'llm/v1/chat' route_type"
          ))
      }
      if config.at("/model/provider")?.text != format {
        diagnostics.append(
          ConfigDiagnostic(
            "/llm_format",
            "native llm_format '\(format)' can only be used with the '\(format)' model.provider"))
      }
      return diagnostics
    },
    AuthRecord.ownKeys,
  ]

  /// What Kong knows and this version does not do yet: said at once, never at the first request.
  private static let supportChecks: [ConfigCheck] = [
    .custom { config in
      guard let type = config["route_type"]?.text, RouteType(rawValue: type) == nil else {
        return []
      }
      return [ConfigDiagnostic("/route_type", "route_type '\(type)' is not supported yet")]
    }
  ]
}

extension ProxyConfig {
  /// Who answers; nil if there is no such provider.
  func backend(_ settings: ProviderSettings) -> Backend? {
    Backend(provider: model.provider, llmFormat: llmFormat, settings)
  }
}

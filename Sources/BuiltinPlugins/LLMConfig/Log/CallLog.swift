// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

/// The `meta` and `usage` of one call of a model in the log entry, with Kong's keys (3.10 to 3.12).
package struct CallLog {
  /// The block's place: `ai.proxy`.
  package var prefix: String
  /// The entry of the configuration that made the call.
  package var pluginID: String
  package var provider: String
  /// The model that was asked.
  package var model: String?
  /// The model that says it answered.
  package var answeringModel: String?
  package var isStreamed = false
  /// What the provider was not told, by its place in the request.
  package var unsupported: [String] = []
  package var timings: CallTimings
  /// Nil: nothing was counted.
  package var usage: Usage?
  package var prices: TokenPrices?

  /// The log of a call.
  package init(
    _ prefix: String, pluginID: String, provider: String, model: String?, timings: CallTimings
  ) {
    self.prefix = prefix
    self.pluginID = pluginID
    self.provider = provider
    self.model = model
    self.timings = timings
  }

  /// Writes `meta` and `usage`, each as one field.
  package func write(to fields: inout LogFields) {
    fields.set("\(prefix).meta", json: JSONText { $0.object { writeMeta(to: &$0) } }.bytes)
    fields.set("\(prefix).usage", json: JSONText { $0.object { writeUsage(to: &$0) } }.bytes)
  }

  private func writeMeta(to writer: inout LLM.JSONWriter) {
    writer.member("plugin_id", pluginID)
    writer.member("provider_name", provider)
    writer.member("request_model", model ?? Self.unspecified)
    writer.member("response_model", answeringModel ?? model ?? Self.unspecified)
    writer.member("request_mode", isStreamed ? "stream" : "oneshot")
    if !unsupported.isEmpty {
      writer.key("unsupported")
      writer.array { for name in unsupported { $0.string(name) } }
    }
    writer.member("llm_latency", timings.latency ?? 0)
  }

  private func writeUsage(to writer: inout LLM.JSONWriter) {
    let usage = usage ?? Usage(promptTokens: 0, completionTokens: 0)
    writer.member("prompt_tokens", usage.promptTokens)
    writer.member("completion_tokens", usage.completionTokens)
    writer.member("total_tokens", usage.totalTokens)
    writer.member("cost", (prices?.cost(of: usage) ?? .zero).jsonText)
    let perToken = timings.timePerToken(completionTokens: usage.completionTokens)
    writer.member("time_per_token", (perToken ?? .zero).jsonText)
    writer.member("time_to_first_token", timings.timeToFirstToken ?? 0)
    writer.member("prompt_tokens_details", Self.checked(usage.promptDetailsText))
    writer.member("completion_tokens_details", Self.checked(usage.completionDetailsText))
    if usage.isEstimate { writer.member("estimated", true) }
  }

  /// The provider's own words: what is no JSON may not break what it stands in.
  private static func checked(_ details: JSONText?) -> JSONText? {
    details.flatMap { try? JSONValue(parsing: $0.string).jsonText }
  }

  /// Of a model that neither side has named.
  private static let unspecified = "UNSPECIFIED"

  /// Writes `payload`: both bodies, cut where they are long.
  package func writePayload(request: String, response: String, to fields: inout LogFields) {
    let request = LoggedText(request)
    let response = LoggedText(response)
    fields["\(prefix).payload.request"] = .string(request.text)
    fields["\(prefix).payload.response"] = .string(response.text)
    if request.isCut || response.isCut { fields["\(prefix).payload.truncated"] = true }
  }
}

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

  /// Writes `meta` and `usage`.
  package func write(to fields: inout LogFields) {
    writeMeta(to: &fields)
    writeUsage(to: &fields)
  }

  private func writeMeta(to fields: inout LogFields) {
    fields["\(prefix).meta.plugin_id"] = .string(pluginID)
    fields["\(prefix).meta.provider_name"] = .string(provider)
    fields["\(prefix).meta.request_model"] = model.map { .string($0) } ?? "UNSPECIFIED"
    fields["\(prefix).meta.response_model"] =
      (answeringModel ?? model).map { .string($0) } ?? "UNSPECIFIED"
    fields["\(prefix).meta.request_mode"] = isStreamed ? "stream" : "oneshot"
    if !unsupported.isEmpty {
      fields["\(prefix).meta.unsupported"] = .array(unsupported.map { .string($0) })
    }
    fields["\(prefix).meta.llm_latency"] = .int(timings.latency ?? 0)
  }

  private func writeUsage(to fields: inout LogFields) {
    let usage = usage ?? Usage(promptTokens: 0, completionTokens: 0)
    fields["\(prefix).usage.prompt_tokens"] = .int(usage.promptTokens)
    fields["\(prefix).usage.completion_tokens"] = .int(usage.completionTokens)
    fields["\(prefix).usage.total_tokens"] = .int(usage.totalTokens)
    fields["\(prefix).usage.cost"] = prices?.cost(of: usage)?.json ?? .int(0)
    fields["\(prefix).usage.time_per_token"] =
      timings.timePerToken(completionTokens: usage.completionTokens)?.json ?? .int(0)
    fields["\(prefix).usage.time_to_first_token"] = .int(timings.timeToFirstToken ?? 0)
    if let details = usage.promptDetailsText.flatMap({ try? JSONValue(parsing: $0.string) }) {
      fields["\(prefix).usage.prompt_tokens_details"] = details
    }
    if let details = usage.completionDetailsText.flatMap({ try? JSONValue(parsing: $0.string) }) {
      fields["\(prefix).usage.completion_tokens_details"] = details
    }
    if usage.isEstimate { fields["\(prefix).usage.estimated"] = true }
  }

  /// Writes `payload`: both bodies, cut where they are long.
  package func writePayload(request: String, response: String, to fields: inout LogFields) {
    let request = LoggedText(request)
    let response = LoggedText(response)
    fields["\(prefix).payload.request"] = .string(request.text)
    fields["\(prefix).payload.response"] = .string(response.text)
    if request.isCut || response.isCut { fields["\(prefix).payload.truncated"] = true }
  }
}

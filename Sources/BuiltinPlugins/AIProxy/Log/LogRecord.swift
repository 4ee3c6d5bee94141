// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK

/// The `ai.proxy` block of the log entry, with Kong's keys (3.10 to 3.12).
struct LogRecord {
  let pluginID: String
  let provider: String
  let route: RouteType
  let prices: TokenPrices?
  let state: ProxyState
  let usage: Usage?
  let logsPayloads: Bool

  func write(to exchange: inout CompletedExchange) {
    let timings = timings(of: exchange)
    writeMeta(to: &exchange.logFields, timings)
    writeUsage(to: &exchange.logFields, timings)
    guard logsPayloads else { return }
    let request = LoggedText(exchange.requestBody.text)
    let response = LoggedText(answer(of: exchange))
    exchange.logFields["ai.proxy.payload.request"] = .string(request.text)
    exchange.logFields["ai.proxy.payload.response"] = .string(response.text)
    if request.isCut || response.isCut { exchange.logFields["ai.proxy.payload.truncated"] = true }
  }

  /// The answer as JSON, as Kong logs it: of a stream, what its chunks add up to.
  private func answer(of exchange: CompletedExchange) -> String {
    let body = exchange.responseBody
    guard state.isStreamed else { return body.text }
    guard var answer = body.withRaw({ OpenAIStreamAnswer($0, route: route) }) else {
      return body.text
    }
    answer.usage = answer.usage ?? usage
    return answer.json.string
  }

  private func timings(of exchange: CompletedExchange) -> CallTimings {
    let started = exchange.request.receivedAt
    var timings = CallTimings(started: started)
    timings.headReceived = state.latency.map { started + $0 }
    timings.firstToken = state.firstToken
    return timings
  }

  private func writeMeta(to fields: inout LogFields, _ timings: CallTimings) {
    fields["ai.proxy.meta.plugin_id"] = .string(pluginID)
    fields["ai.proxy.meta.provider_name"] = .string(provider)
    fields["ai.proxy.meta.request_model"] = state.model.map { .string($0) } ?? "UNSPECIFIED"
    fields["ai.proxy.meta.response_model"] =
      state.answeringModel.map { .string($0) } ?? "UNSPECIFIED"
    fields["ai.proxy.meta.request_mode"] = state.isStreamed ? "stream" : "oneshot"
    if !state.unsupported.isEmpty {
      fields["ai.proxy.meta.unsupported"] = .array(state.unsupported.map { .string($0) })
    }
    fields["ai.proxy.meta.llm_latency"] = .int(timings.latency ?? 0)
  }

  private func writeUsage(to fields: inout LogFields, _ timings: CallTimings) {
    let usage = usage ?? Usage(promptTokens: 0, completionTokens: 0)
    fields["ai.proxy.usage.prompt_tokens"] = .int(usage.promptTokens)
    fields["ai.proxy.usage.completion_tokens"] = .int(usage.completionTokens)
    fields["ai.proxy.usage.total_tokens"] = .int(usage.totalTokens)
    fields["ai.proxy.usage.cost"] = prices?.cost(of: usage)?.json ?? .int(0)
    fields["ai.proxy.usage.time_per_token"] =
      timings.timePerToken(completionTokens: usage.completionTokens)?.json ?? .int(0)
    fields["ai.proxy.usage.time_to_first_token"] = .int(timings.timeToFirstToken ?? 0)
    if let details = usage.promptDetailsText.flatMap({ try? JSONValue(parsing: $0.string) }) {
      fields["ai.proxy.usage.prompt_tokens_details"] = details
    }
    if let details = usage.completionDetailsText.flatMap({ try? JSONValue(parsing: $0.string) }) {
      fields["ai.proxy.usage.completion_tokens_details"] = details
    }
    if usage.isEstimate { fields["ai.proxy.usage.estimated"] = true }
  }
}

/// Usage as other plugins see it.
enum UsageFields {
  static func json(_ usage: Usage) -> JSONValue {
    [
      "prompt_tokens": .int(usage.promptTokens),
      "completion_tokens": .int(usage.completionTokens),
      "total_tokens": .int(usage.totalTokens), "estimated": .bool(usage.isEstimate),
    ]
  }
}

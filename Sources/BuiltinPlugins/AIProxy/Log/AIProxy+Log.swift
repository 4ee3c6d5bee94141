// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// The `ai.proxy` block of the log entry, with Kong's keys (3.10 to 3.12).
extension AIProxy {
  func log(_ usage: Usage?, to exchange: inout CompletedExchange) {
    let model = instance.config.model
    var log = CallLog(
      "ai.proxy", pluginID: instance.id, provider: model.provider, model: state.model,
      timings: timings(of: exchange))
    log.answeringModel = state.answeringModel
    log.isStreamed = state.isStreamed
    log.unsupported = state.unsupported
    log.usage = usage
    log.prices = model.prices
    log.write(to: &exchange.logFields)
    guard logsPayloads else { return }
    log.writePayload(
      request: exchange.requestBody.text, response: answer(of: exchange, usage),
      to: &exchange.logFields)
  }

  /// The answer as JSON, as Kong logs it: of a stream, what its chunks add up to.
  private func answer(of exchange: CompletedExchange, _ usage: Usage?) -> String {
    let body = exchange.responseBody
    let route = route
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
}

/// Usage as other plugins see it.
enum UsageFields {
  static func json(_ usage: Usage) -> JSONValue {
    .object(
      JSONObject(unique: [
        ("prompt_tokens", .int(usage.promptTokens)),
        ("completion_tokens", .int(usage.completionTokens)),
        ("total_tokens", .int(usage.totalTokens)), ("estimated", .bool(usage.isEstimate)),
      ]))
  }
}

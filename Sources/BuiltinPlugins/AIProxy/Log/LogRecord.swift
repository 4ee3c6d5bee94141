// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

/// The `ai.proxy` block of the log entry, with Kong's keys (3.10 to 3.12).
struct LogRecord {
  let pluginID: String
  let provider: String
  let route: RouteType
  let prices: TokenPrices?
  let state: ProxyState
  let usage: Usage?
  /// When the request came, in microseconds since 1970.
  let started: UInt64

  func write(to fields: inout LogFields) {
    log.write(to: &fields)
  }

  /// Both bodies.
  func writePayload(of exchange: inout CompletedExchange) {
    log.writePayload(
      request: exchange.requestBody.text, response: answer(of: exchange), to: &exchange.logFields)
  }

  private var log: CallLog {
    var log = CallLog(
      "ai.proxy", pluginID: pluginID, provider: provider, model: state.model,
      timings: timings)
    log.answeringModel = state.answeringModel
    log.isStreamed = state.isStreamed
    log.unsupported = state.unsupported
    log.usage = usage
    log.prices = prices
    return log
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

  private var timings: CallTimings {
    var timings = CallTimings(started: started)
    timings.headReceived = state.latency.map { started + $0 }
    timings.firstToken = state.firstToken
    return timings
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

// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// The `ai.proxy` block of the log entry, with Kong's keys (3.10 to 3.12).
extension AIProxy {
  /// Tells the log and other plugins what was used.
  ///
  /// - Parameter started: when the request came, in microseconds since 1970.
  @discardableResult
  func account(to value: inout some PhaseValue, started: UInt64) -> CallLog {
    let usage = state.finalUsage
    if let usage { value.variables["llm.usage"] = .json(UsageFields.json(usage)) }
    let log = log(usage, timings(since: started))
    if instance.config.logging.logStatistics { log.write(to: &value.logFields) }
    return log
  }

  private func log(_ usage: Usage?, _ timings: CallTimings) -> CallLog {
    let model = instance.config.model
    var log = CallLog(
      "ai.proxy", pluginID: instance.id, provider: model.provider, model: state.model,
      timings: timings)
    log.answeringModel = state.answeringModel
    log.isStreamed = state.isStreamed
    log.unsupported = state.unsupported
    log.usage = usage
    log.prices = model.prices
    return log
  }

  /// The answer as JSON, as Kong logs it: of a stream, what its chunks add up to.
  func answer(of exchange: CompletedExchange, _ usage: Usage?) -> String {
    let body = exchange.responseBody
    let route = route
    guard state.isStreamed else { return body.text }
    guard var answer = body.withRaw({ OpenAIStreamAnswer($0, route: route) }) else {
      return body.text
    }
    answer.usage = answer.usage ?? usage
    return answer.json.string
  }

  private func timings(since started: UInt64) -> CallTimings {
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

// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

/// What a model answered, and what that used.
package struct LLMAnswer: Sendable {
  package let chat: ChatResponse
  let question: LLMQuestion
  /// As the provider reports it, else an estimate that says so.
  package let usage: Usage
  package let timings: CallTimings
  /// As the provider sent it.
  let body: Bytes

  /// The text of the first choice; nil: there is none.
  package var text: String? {
    guard let message = chat.choices.first?.message else { return nil }
    let hasText = message.content.contains { if case .text = $0 { true } else { false } }
    return hasText ? message.text : nil
  }

  /// Writes Kong's block of a call, as far as the record's logging asks for it.
  ///
  /// - Parameter prefix: The block's place: `ai.ai-request-transformer`.
  package func log(
    _ prefix: String, pluginID: String, _ record: LLMRecord, to fields: inout LogFields
  ) {
    guard record.logging.logStatistics else { return }
    var log = CallLog(
      prefix, pluginID: pluginID, provider: record.model.provider, model: question.model,
      timings: timings)
    log.answeringModel = chat.model.isEmpty ? nil : chat.model
    log.unsupported = question.unsupported
    log.usage = usage
    log.prices = record.model.prices
    log.write(to: &fields)
    fields["\(prefix).cache"] = [:]
    guard record.logging.logsPayloads else { return }
    log.writePayload(
      request: String(decoding: question.http.body, as: UTF8.self), response: body.text, to: &fields
    )
  }
}

// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// The log: with the answer where that is the end, else when all is over.
extension AIProxy: CompletePhase {
  var completeInterest: CompleteInterest? {
    CompleteInterest(requestBody: logsPayloads, responseBody: logsPayloads || readsPreserved)
  }

  mutating func complete(_ exchange: inout CompletedExchange) {
    guard state.isActive else { return }
    if state.usage == nil, readsPreserved, !state.mustBeWhole, !state.isStreamed,
      exchange.summary.status == 200
    {
      readPreserved(exchange.responseBody)
    }
    // The client left before the last piece.
    if case .gathering(let answer) = state.reading { finish(answer) }
    let log = account(to: &exchange, started: exchange.request.receivedAt)
    guard instance.config.logging.logStatistics, logsPayloads else { return }
    log.writePayload(
      request: exchange.requestBody.text, response: answer(of: exchange, log.usage),
      to: &exchange.logFields)
  }

  /// Whether nothing more can be learned of the exchange behind the answer that was read.
  var isSettled: Bool {
    guard case .nothing = state.reading else { return false }
    return !state.isStreamed && !logsPayloads && (!readsPreserved || state.mustBeWhole)
  }

  /// Preserved answers go by unread; what they used is read from the copy, if it says so.
  mutating func readPreserved(_ body: Bytes, _ type: MediaType = MediaType("")) {
    if type.isEventStream, let stream = body.withRaw({ OpenAIStreamAnswer($0, route: .chat) }) {
      state.responseModel = stream.model
      state.usage = stream.usage
      return
    }
    guard let answer = body.withRaw({ try? OpenAIResponse($0, route: .preserve) }) else { return }
    state.responseModel = answer.model
    state.usage = answer.usage
  }
}

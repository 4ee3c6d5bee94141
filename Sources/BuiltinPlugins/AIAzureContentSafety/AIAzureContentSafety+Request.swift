// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// The prompt, before it goes on.
extension AIAzureContentSafety: RequestPhase {
  var requestInterest: Interest? {
    Interest(
      body: .whole(), variables: ["consumer.id"], inspects: true, deadline: Self.deadline)
  }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    state = SafetyState()
    guard request.body.count > 0 else {
      request.later.response = .drop
      request.later.chunk = .drop
      return .proceed
    }
    prepareOutput(&request)
    guard config.guardsInput else { return .proceed }
    let text: [UInt8]
    do throws(RequestProblem) {
      text = chosen(from: try PromptTexts(of: request, format: format))
    } catch {
      // What cannot be read cannot be looked at.
      return .respond(Response(error))
    }
    guard !text.isEmpty else { return .proceed }
    var log = SafetyLog(.input, config, consumer: request.variables["consumer.id"])
    let problem = try await refusal(of: [text], .input, &log)
    log.write(to: &request.logFields)
    return problem.map { .respond(Response($0)) } ?? .proceed
  }

  /// Whether the answer comes in pieces is known before it comes: a whole one is waited for.
  private mutating func prepareOutput(_ request: inout Request) {
    guard config.guardsOutput else { return }
    let (path, query) = request.original.pathAndQuery
    let native = format.flatMap { format in
      request.body.bytes.withRaw { body in
        try? format.nativeCall(path: path, query: query, body: body)
      }
    }
    let isStreamed =
      native?.isStreamed
      ?? request.body.bytes.withRaw { (try? RequestFacts($0))?.asksForStream ?? false }
    state.nativeModel = native.map { $0.model ?? "" }
    request.later.response = isStreamed ? .headOnly : .wholeBody
    request.later.chunk = isStreamed ? .transform : .drop
  }

  /// Kong's `text_source`. Parts of a message are lines of their own.
  private func chosen(from prompt: PromptTexts) -> [UInt8] {
    let messages =
      switch config.textSource {
      case .all: prompt.messages
      case .user: prompt.messages.filter(\.isUsers)
      case .last: Array(prompt.messages.suffix(1))
      }
    return Array(messages.flatMap(\.parts).joined(separator: [UInt8(ascii: "\n")]))
  }
}

// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// The answer, before the client gets any of it.
extension AIAzureContentSafety: ResponsePhase {
  var responseInterest: Interest? {
    guard config.guardsOutput else { return nil }
    return Interest(
      headers: ["content-type"], body: .whole(), variables: ["consumer.id"], deadline: Self.deadline
    )
  }

  mutating func response(_ response: inout UpstreamResponse) async throws -> ResponseReply {
    let type = MediaType(response.headers["content-type"] ?? "")
    // Errors are nobody's answers.
    guard response.source != .host, response.status < 400 else {
      response.later.chunk = .drop
      return .proceed
    }
    if response.body.count == 0 {
      // Only the head is here, or there is nothing. A stream may come that nobody has asked for: another plugin's.
      state.stream = GuardedStream(reader(of: type))
      response.later.chunk = .transform
      return .proceed
    }
    let texts: [[UInt8]]
    do throws(SafetyFailure) {
      texts = try response.body.bytes.withRaw { body throws(SafetyFailure) in
        try self.texts(of: body, type)
      }
    } catch {
      return refusal(error).map { .respond(Response($0)) } ?? .proceed
    }
    guard !texts.isEmpty else { return .proceed }
    var log = SafetyLog(.output, config, consumer: response.variables["consumer.id"])
    let problem = try await refusal(of: texts, .output, &log)
    log.write(to: &response.logFields)
    return problem.map { .respond(Response($0)) } ?? .proceed
  }

  /// How a stream is read.
  private func reader(of type: MediaType) -> GuardedStream.Reader {
    if let format, let model = state.nativeModel {
      let call = ProviderCall(model: model, isStreamed: true, id: "guarded", created: 0)
      let framer = format.framer(mediaType: type.name)
      if type.isEventStream || framer != .serverSentEvents(EventStreamFramer()) {
        return .native(
          StreamTranslation(
            framer: framer, events: format.events(call),
            answer: ChatStreamWriter(call, includesUsage: false, estimatedPromptTokens: 0)))
      }
    } else if type.isEventStream {
      return .openAI(.serverSentEvents(EventStreamFramer()))
    }
    return .whole
  }

  /// The texts of a whole answer, one for each choice.
  func texts(of bytes: RawSpan, _ type: MediaType) throws(SafetyFailure) -> [[UInt8]] {
    var texts = AnswerTexts()
    do {
      if !type.isEventStream, let answer = nativeAnswer(bytes) {
        texts.add(answer)
      } else if case .native(let translation) = reader(of: type) {
        // A stream that was waited for.
        var stream = GuardedStream(.native(translation))
        try stream.receive(bytes, isLast: true)
        return stream.texts
      } else if type.isEventStream {
        try texts.add(openAIStream: bytes)
      } else {
        try texts.add(openAI: bytes)
      }
    } catch let failure as SafetyFailure {
      throw failure
    } catch {
      // What is no JSON, as a transformer makes it, is a text.
      return bytes.byteCount == 0 ? [] : [bytes.withUnsafeBytes { Array($0) }]
    }
    return texts.choices.map(\.text)
  }

  private func nativeAnswer(_ bytes: RawSpan) -> ChatResponse? {
    guard let format, let model = state.nativeModel else { return nil }
    return try? format.answer(bytes, ProviderCall(model: model, id: "guarded", created: 0))
  }
}

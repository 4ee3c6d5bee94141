// SPDX-License-Identifier: Apache-2.0

/// Reads the pieces of a streamed answer, each a whole `GenerateContentResponse` with what is new. Nothing has to be
/// remembered between them.
///
/// No piece says that it is the last: the stream ends behind the one with the reason.
package struct GeminiEvents: ProviderEventReader {
  /// At the start of a stream.
  package init() {}

  package mutating func read(
    name: RawSpan, data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    let reply = try GeminiReply(data)
    if let usage = reply.usage {
      answer.usage = try Usage(gemini: usage, in: data) ?? answer.usage
    }
    if let error = reply.error { return answer.fail(try ChatError(gemini: error, in: data)) }
    if answer.choices.isEmpty {
      answer.identify(id: reply.id?.string(in: data), model: reply.model?.string(in: data))
    }
    if let candidates = reply.candidates {
      var elements = JSONElements(of: candidates)
      while let element = try elements.next(in: data) {
        try read(GeminiCandidate(element, in: data), in: data, into: &answer)
      }
    }
    if answer.choices.isEmpty, let refusal = try reply.refusal(in: data) {
      answer.refusal(refusal)
      answer.finish(.contentFilter)
    }
  }

  private func read(
    _ candidate: GeminiCandidate, in data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    let index = candidate.index
    answer.begin(choice: index)
    if let parts = candidate.parts {
      var elements = JSONElements(of: parts)
      while let element = try elements.next(in: data) {
        try read(GeminiReplyPart(element, in: data), index, in: data, into: &answer)
      }
    }
    let ending = GeminiEnding(candidate, in: data)
    if let complaint = ending.complaint { answer.refusal(complaint, choice: index) }
    if let reason = ending.reason { answer.finish(reason, choice: index) }
  }

  private func read(
    _ part: GeminiReplyPart, _ index: Int, in data: RawSpan,
    into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    let number = answer.choices.first { $0.index == index }?.calls ?? 0
    let call = try part.toolCall(
      in: data,
      generated: GeminiCallID.generated(answer: answer.call.id, choice: index, number: number))
    if let call {
      let begun = answer.beginToolCall(id: call.id, name: call.name, choice: index)
      answer.toolArguments(begun, call.arguments, choice: index)
    } else if let text = part.text {
      if part.isThought {
        answer.reasoning(text, in: data, choice: index)
      } else {
        answer.text(text, in: data, choice: index)
      }
    } else if let markdown = try part.markdown(in: data) {
      answer.text(markdown, choice: index)
    }
  }
}

extension GeminiEvents: CompactState {
  package func write(to writer: inout StateWriter) {}

  package init(from reader: inout StateReader) throws(StateError) {}
}

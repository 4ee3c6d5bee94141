// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PluginSDK

// A whole answer was asked for. Some upstreams stream it all the same.
extension ChatResponse {
  /// The answer of one that speaks OpenAI's API.
  init(openAI body: Bytes, of name: String, _ type: MediaType) throws(ProviderProblem) {
    self = try body.withRaw { bytes throws(ProviderProblem) in
      guard type.isEventStream else { return try Self(openAI: bytes, of: name) }
      guard let answer = OpenAIStreamAnswer(bytes, route: .chat) else {
        throw .unreadable(name, "the stream has no answer")
      }
      if let error = answer.error { throw .unreadable(name, error.string) }
      return try Self(openAI: answer.json.bytes.span.bytes, of: name)
    }
  }

  private init(openAI bytes: RawSpan, of name: String) throws(ProviderProblem) {
    do throws(LLM.JSONError) {
      try self.init(openAI: bytes)
    } catch {
      throw .unreadable(name, error.description)
    }
  }

  /// The answer of one with an API of its own.
  init(
    _ body: Bytes, of provider: any Provider, _ call: ProviderCall, _ type: MediaType
  ) throws(ProviderProblem) {
    if type.isEventStream {
      let translation = StreamTranslation(
        framer: provider.framer(mediaType: type.name), events: provider.events(call),
        answer: ChatStreamWriter(call, includesUsage: false, estimatedPromptTokens: 0))
      let stream = try GatheredStream(body, translation, of: provider.name, call.route)
      try self.init(openAI: stream.answer.json.bytes.span.bytes, of: provider.name)
      return
    }
    self = try body.withRaw { bytes throws(ProviderProblem) in
      try provider.answer(bytes, call)
    }
  }
}

/// A stream where a whole answer was asked for: the answer that it is.
package struct GatheredStream {
  package let answer: OpenAIStreamAnswer
  /// The model that says it answered.
  package let model: String?
  package let usage: Usage?

  /// - Parameter translation: a new one, of the provider.
  /// - Throws: an error that the provider tells in it, or what makes it none.
  package init(
    _ body: Bytes, _ translation: StreamTranslation, of name: String, _ route: RouteType
  ) throws(ProviderProblem) {
    var translation = translation
    let output = body.withRaw { translation.received($0, isLast: true).output }
    if let error = translation.answer.error { throw ProviderProblem(error) }
    guard var answer = OpenAIStreamAnswer(output.span.bytes, route: route) else {
      throw .unreadable(name, "the stream has no answer")
    }
    model = translation.answer.answeringModel
    usage = translation.answer.finalUsage
    answer.usage = usage
    self.answer = answer
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Reads the streams of Hugging Face's servers: a token in each event, or OpenAI's chunks, by what an event has.
package struct TextGenerationEvents: ProviderEventReader {
  private var chunks = OpenAIEvents()

  /// At the start of a stream.
  package init() {}

  package mutating func read(
    name: RawSpan, data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    if data.hasPrefix("[DONE]", at: 0) {
      return try chunks.read(name: name, data: data, into: &answer)
    }
    var token: JSONNode?
    var details: JSONNode?
    var isLast = false
    var members = JSONMembers(scanning: data)
    while let member = try members.next(in: data) {
      let value = member.value
      if member.key.isString("token", in: data) {
        token = value
      } else if member.key.isString("details", in: data), value.kind == .object {
        details = value
      } else if member.key.isString("generated_text", in: data) {
        isLast = value.kind == .string
      } else if member.key.isString("error", in: data), !value.isNull,
        let error = ChatError(huggingFace: data, status: 500)
      {
        return answer.fail(error)
      } else if member.key.isString("choices", in: data) {
        return try chunks.read(name: name, data: data, into: &answer)
      }
    }
    answer.begin()
    if let token { try read(token, in: data, into: &answer) }
    if let details { try end(details, in: data, of: &answer) }
    if isLast || details != nil { answer.end() }
  }

  /// Special tokens, such as that of the end, are no text.
  private func read(
    _ token: JSONNode, in data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    guard try token.member("special", in: data)?.kind != .true,
      let text = try token.member("text", in: data)
    else {
      return
    }
    answer.text(text, in: data)
  }

  private func end(
    _ details: JSONNode, in data: RawSpan, of answer: inout ChatStreamWriter
  ) throws(JSONError) {
    if let prompt = try details.member("input_length", in: data)?.integer(in: data),
      let completion = try details.member("generated_tokens", in: data)?.integer(in: data)
    {
      answer.usage = Usage(promptTokens: prompt, completionTokens: completion)
    }
    let reason = try details.member("finish_reason", in: data)?.string(in: data)
    answer.finish(reason.map { FinishReason(provider: $0) } ?? .stop)
  }
}

extension TextGenerationEvents: CompactState {
  package func write(to writer: inout StateWriter) { writer.state(chunks) }

  package init(from reader: inout StateReader) throws(StateError) { chunks = try reader.state() }
}

// SPDX-License-Identifier: Apache-2.0

/// Reads the records of Ollama's stream. Each says all that is to be known of it, so there is nothing to keep.
package struct OllamaEvents: ProviderEventReader {
  /// At the start of a stream.
  package init() {}

  package mutating func read(
    name: RawSpan, data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    // A proxy that makes events of the lines may end them as OpenAI does.
    if data.hasPrefix("[DONE]", at: 0) { return answer.inputEnded() }
    let record = try OllamaRecord(data)
    if record.error != nil, let error = try ChatError(openAI: data) {
      return answer.fail(error.typed(byStatus: 500))
    }
    if answer.choices.isEmpty {
      answer.identify(model: record.model?.string(in: data))
      answer.begin()
    }
    if let thinking = record.thinking { answer.reasoning(thinking, in: data) }
    if let text = record.text { answer.text(text, in: data) }
    if let calls = record.toolCalls {
      var elements = JSONElements(of: calls)
      while let element = try elements.next(in: data) {
        let call = try ToolCall(ollama: element, in: data)
        let number = answer.beginToolCall(id: call.id, name: call.name)
        answer.toolArguments(number, call.arguments)
      }
    }
    guard record.isDone else { return }
    answer.usage = record.usage ?? answer.usage
    answer.finish(record.finishReason(in: data))
    answer.end()
  }
}

extension OllamaEvents: CompactState {
  package func write(to writer: inout StateWriter) {}

  package init(from reader: inout StateReader) throws(StateError) {}
}

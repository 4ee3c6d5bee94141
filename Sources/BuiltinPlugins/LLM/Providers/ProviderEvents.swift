// SPDX-License-Identifier: Apache-2.0

/// Reads the events of one provider's stream. Its state is small: it is part of a checkpoint, coded
/// behind every piece.
package protocol ProviderEventReader: CompactState, Equatable, Sendable {
  /// Reads an event and writes what it says into the answer.
  ///
  /// - Parameters:
  ///   - name: The event's name; empty where the framing has none.
  ///   - data: Its data: one JSON text, which is validated, or OpenAI's `[DONE]`.
  /// - Throws: when the JSON is not what was expected. The answer is then failed.
  mutating func read(
    name: RawSpan, data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError)
}

/// The reader of any provider's stream: a checkpoint tells whose.
package enum ProviderEvents: Equatable, Sendable {
  /// Chunks in OpenAI's format.
  case openAI(OpenAIEvents)
  /// Anthropic's events.
  case anthropic(AnthropicEvents)
  /// Gemini's pieces of an answer.
  case gemini(GeminiEvents)
  /// Events of Bedrock's ConverseStream.
  case bedrock(ConverseEvents)
  /// Events of Cohere's API, of both versions.
  case cohere(CohereEvents)
  /// Records of Ollama.
  case ollama(OllamaEvents)
  /// Tokens of Text Generation Inference.
  case textGeneration(TextGenerationEvents)

  /// Reads an event and writes what it says into the answer.
  package mutating func read(
    name: RawSpan, data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    switch self {
    case .openAI(var reader):
      try reader.read(name: name, data: data, into: &answer)
      self = .openAI(reader)
    case .anthropic(var reader):
      try reader.read(name: name, data: data, into: &answer)
      self = .anthropic(reader)
    case .gemini(var reader):
      try reader.read(name: name, data: data, into: &answer)
      self = .gemini(reader)
    case .bedrock(var reader):
      try reader.read(name: name, data: data, into: &answer)
      self = .bedrock(reader)
    case .cohere(var reader):
      try reader.read(name: name, data: data, into: &answer)
      self = .cohere(reader)
    case .ollama(var reader):
      try reader.read(name: name, data: data, into: &answer)
      self = .ollama(reader)
    case .textGeneration(var reader):
      try reader.read(name: name, data: data, into: &answer)
      self = .textGeneration(reader)
    }
  }
}

extension ProviderEvents: CompactState {
  package func write(to writer: inout StateWriter) {
    switch self {
    case .openAI(let reader): write("openai", reader, to: &writer)
    case .anthropic(let reader): write("anthropic", reader, to: &writer)
    case .gemini(let reader): write("gemini", reader, to: &writer)
    case .bedrock(let reader): write("bedrock", reader, to: &writer)
    case .cohere(let reader): write("cohere", reader, to: &writer)
    case .ollama(let reader): write("ollama", reader, to: &writer)
    case .textGeneration(let reader): write("tgi", reader, to: &writer)
    }
  }

  private func write(
    _ name: String, _ reader: some ProviderEventReader, to writer: inout StateWriter
  ) {
    writer.text(name)
    writer.state(reader)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    switch try reader.text() {
    case "openai": self = .openAI(try reader.state())
    case "anthropic": self = .anthropic(try reader.state())
    case "gemini": self = .gemini(try reader.state())
    case "bedrock": self = .bedrock(try reader.state())
    case "cohere": self = .cohere(try reader.state())
    case "ollama": self = .ollama(try reader.state())
    case "tgi": self = .textGeneration(try reader.state())
    default: throw StateError(at: 0)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import LLM

/// What an exchange must not forget when its process dies: the checkpoint.
struct ProxyState: Equatable, Sendable {
  /// How the pieces of a streamed answer are read.
  ///
  /// Indirect: the state is copied several times a call, and most have nothing to read in pieces.
  indirect enum Reading: Equatable, Sendable {
    case nothing
    /// From a copy: the client gets the stream as it comes.
    case counting(StreamUsageCounter)
    /// Something in it is changed, such as the usage that we asked for.
    case editing(OpenAIStreamEditor)
    /// The upstream answered in one piece.
    case gathering(UnstreamedAnswer)
    /// The provider's events become OpenAI's chunks.
    case translating(StreamTranslation)
    /// The client gets the provider's events as they come, and they are counted.
    case observing(StreamTranslation)
    /// The provider answered in one piece, which is to be told as a stream; the host holds it.
    case untold
    /// The body of an error is on its way; the host holds it.
    case failing
  }

  /// The request was sent on, so that there is something to count.
  var isActive = false
  var isStreamed = false
  /// Somebody in front of this plugin makes something of the whole answer.
  var mustBeWhole = false
  /// The model that was asked.
  var model: String?
  /// The model that says it answered.
  var responseModel: String?
  /// Of an answer that was read whole.
  var usage: Usage?
  var reading = Reading.nothing
  var promptEstimate = 0
  /// The call of a provider with an API of its own.
  var call: ProviderCall?
  /// Whether the client wants usage in a stream that is translated.
  var includesUsage = false
  /// How the client wants vectors.
  var encoding = EmbeddingRequest.Encoding.float
  /// What the client asked for and the provider cannot take.
  var unsupported: [String] = []
  /// Microseconds from the request's head to the response's.
  var latency: UInt64?
  /// When the first token came, in microseconds since 1970.
  var firstToken: UInt64?

  private var tally: OpenAIStreamTally? {
    switch reading {
    case .counting(let counter): counter.tally
    case .editing(let editor): editor.tally
    case .nothing, .gathering, .translating, .observing, .untold, .failing: nil
    }
  }

  private var translated: ChatStreamWriter? {
    switch reading {
    case .translating(let translation), .observing(let translation): translation.answer
    case .nothing, .counting, .editing, .gathering, .untold, .failing: nil
    }
  }

  /// What was used, as far as it is known.
  var finalUsage: Usage? {
    if let usage { return usage }
    if let translated { return translated.finalUsage }
    guard let tally, tally.usage != nil || tally.hasOutput else { return nil }
    return tally.usage(estimatedPromptTokens: promptEstimate)
  }

  /// The model that says it answered, else the one that was asked.
  var answeringModel: String? {
    responseModel ?? translated?.answeringModel ?? tally?.model ?? model
  }
}

extension ProxyState: CompactState {
  func write(to writer: inout StateWriter) {
    writer.flag(isActive)
    writer.flag(isStreamed)
    writer.flag(mustBeWhole)
    writer.text(model)
    writer.text(responseModel)
    writer.flag(usage != nil)
    usage?.write(to: &writer)
    writer.number(promptEstimate)
    writer.number(latency.map { Int(clamping: $0) })
    writer.number(firstToken.map { Int(clamping: $0) })
    switch reading {
    case .nothing: writer.number(0)
    case .counting(let counter):
      writer.number(1)
      writer.state(counter)
    case .editing(let editor):
      writer.number(2)
      writer.state(editor)
    case .gathering(let answer):
      writer.number(3)
      writer.state(answer)
    case .translating(let translation):
      writer.number(4)
      writer.state(translation)
    case .observing(let translation):
      writer.number(5)
      writer.state(translation)
    case .untold: writer.number(6)
    case .failing: writer.number(7)
    }
    writer.number(unsupported.count)
    for name in unsupported { writer.text(name) }
    writer.flag(call != nil)
    guard let call else { return }
    writer.state(call)
    writer.flag(includesUsage)
    writer.text(encoding.rawValue)
  }

  init(from reader: inout StateReader) throws(StateError) {
    isActive = try reader.flag()
    isStreamed = try reader.flag()
    mustBeWhole = try reader.flag()
    model = try reader.optionalText()
    responseModel = try reader.optionalText()
    usage = try reader.optionalState()
    promptEstimate = try reader.number()
    latency = try reader.optionalNumber().map { UInt64(clamping: $0) }
    firstToken = try reader.optionalNumber().map { UInt64(clamping: $0) }
    switch try reader.number() {
    case 0: reading = .nothing
    case 1: reading = .counting(try reader.state())
    case 2: reading = .editing(try reader.state())
    case 3: reading = .gathering(try reader.state())
    case 4: reading = .translating(try reader.state())
    case 5: reading = .observing(try reader.state())
    case 6: reading = .untold
    case 7: reading = .failing
    default: throw StateError(at: 0)
    }
    for _ in 0..<max(0, try reader.number()) { unsupported.append(try reader.text()) }
    guard try reader.flag() else { return }
    call = try reader.state()
    includesUsage = try reader.flag()
    encoding = EmbeddingRequest.Encoding(rawValue: try reader.text()) ?? .float
  }
}

// SPDX-License-Identifier: Apache-2.0

import LLM

/// What an exchange must not forget when its process dies: the checkpoint.
struct ProxyState: Equatable, Sendable {
  /// How the pieces of a streamed answer are read.
  enum Reading: Equatable, Sendable {
    case nothing
    /// From a copy: the client gets the stream as it comes.
    case counting(StreamUsageCounter)
    /// The usage that we asked for is taken out.
    case removing(StreamUsageRemover)
    /// The upstream answered in one piece.
    case gathering(UnstreamedAnswer)
  }

  /// The request was sent on, so that there is something to count.
  var isActive = false
  var isStreamed = false
  /// The model that was asked.
  var model: String?
  /// The model that says it answered.
  var responseModel: String?
  /// Of an answer that was read whole.
  var usage: Usage?
  var reading = Reading.nothing
  var promptEstimate = 0
  /// Microseconds from the request's head to the response's.
  var latency: UInt64?
  /// When the first token came, in microseconds since 1970.
  var firstToken: UInt64?

  private var tally: OpenAIStreamTally? {
    switch reading {
    case .counting(let counter): counter.tally
    case .removing(let remover): remover.tally
    case .nothing, .gathering: nil
    }
  }

  /// What was used, as far as it is known.
  var finalUsage: Usage? {
    if let usage { return usage }
    guard let tally, tally.usage != nil || tally.hasOutput else { return nil }
    return tally.usage(estimatedPromptTokens: promptEstimate)
  }

  /// The model that says it answered, else the one that was asked.
  var answeringModel: String? { responseModel ?? tally?.model ?? model }
}

extension ProxyState: CompactState {
  func write(to writer: inout StateWriter) {
    writer.flag(isActive)
    writer.flag(isStreamed)
    writer.text(model)
    writer.text(responseModel)
    writer.state(usage)
    writer.number(promptEstimate)
    writer.number(latency.map { Int(clamping: $0) })
    writer.number(firstToken.map { Int(clamping: $0) })
    switch reading {
    case .nothing: writer.number(0)
    case .counting(let counter):
      writer.number(1)
      writer.state(counter)
    case .removing(let remover):
      writer.number(2)
      writer.state(remover)
    case .gathering(let answer):
      writer.number(3)
      writer.state(answer)
    }
  }

  init(from reader: inout StateReader) throws(StateError) {
    isActive = try reader.flag()
    isStreamed = try reader.flag()
    model = try reader.optionalText()
    responseModel = try reader.optionalText()
    usage = try reader.optionalState()
    promptEstimate = try reader.number()
    latency = try reader.optionalNumber().map { UInt64(clamping: $0) }
    firstToken = try reader.optionalNumber().map { UInt64(clamping: $0) }
    switch try reader.number() {
    case 0: reading = .nothing
    case 1: reading = .counting(try reader.state())
    case 2: reading = .removing(try reader.state())
    case 3: reading = .gathering(try reader.state())
    default: throw StateError(at: 0)
    }
  }
}

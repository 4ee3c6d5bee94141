// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import LLM

/// Reads a provider's stream cut in many ways, as the host shows it: what a piece did not consume comes again in front of
/// the next one. Between pieces the state goes through a checkpoint, as if each piece met another process.
struct StreamSplits {
  /// At the start of the stream.
  let start: StreamTranslation

  init(
    _ provider: any Provider, _ call: ProviderCall, mediaType: String = "text/event-stream",
    includesUsage: Bool = true
  ) {
    start = StreamTranslation(
      framer: provider.framer(mediaType: mediaType), events: provider.events(call),
      answer: ChatStreamWriter(call, includesUsage: includesUsage, estimatedPromptTokens: 7))
  }

  /// What the client gets, and what the stream adds up to. Fails the test where the way of cutting makes a difference.
  func read(
    _ stream: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (output: String, answer: ChatStreamWriter) {
    let whole = try read(stream, cuts: [])
    func expect(_ cuts: [Int], _ way: String) throws {
      let other = try read(stream, cuts: cuts)
      if other.output != whole.output || other.answer != whole.answer {
        Issue.record(
          "\(way) gives another answer:\n\(other.output)\n", sourceLocation: sourceLocation)
      }
    }
    try expect(Array(1..<max(1, stream.count)), "one byte at a time")
    // Every single cut, in long streams every seventh.
    for cut in stride(from: 1, to: stream.count, by: stream.count > 4000 ? 7 : 1) {
      try expect([cut], "a cut at \(cut)")
    }
    var random = SplitMix(seed: 11)
    for round in 0..<50 {
      let cuts = (0..<Int.random(in: 2...9, using: &random)).map { _ in
        Int.random(in: 0...stream.count, using: &random)
      }
      try expect(cuts.sorted(), "random cuts, round \(round)")
    }
    return whole
  }

  /// The same for a text.
  func read(
    _ stream: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (output: String, answer: ChatStreamWriter) {
    try read(Array(stream.utf8), sourceLocation: sourceLocation)
  }

  private func read(
    _ stream: [UInt8], cuts: [Int]
  ) throws -> (output: String, answer: ChatStreamWriter) {
    var translation = start
    var output: [UInt8] = []
    var held = 0
    var shown = 0
    for end in cuts + [stream.count] {
      guard end > shown || end == stream.count else { continue }
      let isLast = end == stream.count
      let piece = Array(stream[held..<end])
      let step = translation.received(piece.span.bytes, isLast: isLast)
      output += step.output
      held += step.consumed
      shown = end
      translation = try Checkpoints.copy(translation)
      if isLast { break }
    }
    return (String(decoding: output, as: UTF8.self), translation.answer)
  }
}

/// What becomes of a state when another process goes on with it.
enum Checkpoints {
  static func copy<State: CompactState>(_ state: State) throws -> State {
    var writer = StateWriter()
    state.write(to: &writer)
    var reader = StateReader(writer.text)
    let copy = try State(from: &reader)
    try reader.finish()
    return copy
  }
}

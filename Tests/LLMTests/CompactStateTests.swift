// SPDX-License-Identifier: Apache-2.0

import Foundation
import LLM
import Seeded
import Testing

@Suite struct CompactStateTests {
  private func coded<State: CompactState>(_ state: State) throws -> State {
    try JSONDecoder().decode(State.self, from: JSONEncoder().encode(state))
  }

  @Test func `a usage survives with all that it has`() throws {
    var usage = Usage(promptTokens: 7, completionTokens: .max, totalTokens: 0)
    #expect(try coded(usage) == usage)
    for number in [Int.min, -10, -9, 9, 10, 100, 999_999, 1_000_000] {
      usage.totalTokens = number
      #expect(try coded(usage) == usage)
    }
    usage.cachedPromptTokens = 12
    usage.rejectedPredictionTokens = 0
    usage.promptDetails = #"{"cached_tokens": 12, "é": "\u0000 7 "}"#
    usage.completionDetails = ""
    usage.isEstimate = true
    #expect(try coded(usage) == usage)
  }

  @Test func `bytes survive that are no text`() throws {
    var answer = UnstreamedAnswer()
    let bytes = Array(UInt8.min...UInt8.max) + Array("é -1 12:".utf8)
    answer.received(bytes.span.bytes)
    #expect(try coded(answer) == answer)
    var parser = EventStreamParser()
    let piece = Array("data: é".utf8) + [0xFF, 0, 0xC3]
    parser.read(piece.span.bytes) { _, _ in }
    #expect(try coded(parser) == parser)
  }

  @Test func `a damaged state is an error and never a crash`() throws {
    var counter = StreamUsageCounter()
    let stream = Array(StreamSample.plain.sent.utf8)
    _ = counter.received(Array(stream.prefix(stream.count - 9)).span.bytes)
    let text = try JSONDecoder().decode(String.self, from: JSONEncoder().encode(counter))
    var random = SplitMix(seed: 7)
    var refused = 0
    for _ in 0..<2000 {
      var bytes = Array(text.utf8)
      let index = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes.removeSubrange(index...)
      case 1: bytes[index] = UInt8.random(in: 0x20...0x7E, using: &random)
      default: bytes.insert(contentsOf: Array("-99999999999999999999 ".utf8), at: index)
      }
      let damaged = try JSONEncoder().encode(String(decoding: bytes, as: UTF8.self))
      if (try? JSONDecoder().decode(StreamUsageCounter.self, from: damaged)) == nil { refused += 1 }
    }
    #expect(refused > 1000)
  }

  @Test func `a state of a stream is short`() throws {
    var remover = OpenAIStreamEditor()
    let stream = Array(StreamSample.plain.sent.utf8)
    _ = remover.received(stream.span.bytes, isLast: false)
    let state = try JSONEncoder().encode(remover)
    #expect(state.count < 270, "\(String(decoding: state, as: UTF8.self))")
  }
}

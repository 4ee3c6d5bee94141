// SPDX-License-Identifier: Apache-2.0

import Foundation
import LLM
import Seeded
import Testing

@Suite struct OpenAIStreamTests {
  private func check(_ tally: OpenAIStreamTally, _ sample: StreamSample, _ comment: Comment) {
    #expect(tally.usage == sample.usage, comment)
    #expect(tally.finishReason == sample.finishReason, comment)
    #expect(tally.characters == sample.characters, comment)
    #expect(tally.endedProperly == sample.endedProperly, comment)
    #expect((tally.error != nil) == sample.hasError, comment)
    #expect(tally.hasOutput == (sample.characters > 0), comment)
  }

  private func count(_ pieces: [ArraySlice<UInt8>]) -> (OpenAIStreamTally, firstTokens: Int) {
    var counter = StreamUsageCounter()
    var firstTokens = 0
    for (index, piece) in pieces.enumerated() {
      let bytes = Array(piece)
      if counter.received(bytes.span.bytes, isLast: index == pieces.count - 1) { firstTokens += 1 }
    }
    return (counter.tally, firstTokens)
  }

  /// Plays the host: keeps what is not released, and applies the splices to what is.
  private func remove(
    _ pieces: [ArraySlice<UInt8>], limit: Int = EventStreamParser.defaultMaximumEventSize
  ) -> (OpenAIStreamTally, output: String, mostHeld: Int) {
    var remover = OpenAIStreamEditor(maximumEventSize: limit)
    var held: [UInt8] = []
    var output: [UInt8] = []
    var mostHeld = 0
    for (index, piece) in pieces.enumerated() {
      let shown = held + piece
      let isLast = index == pieces.count - 1
      let transform = remover.received(shown.span.bytes, isLast: isLast)
      #expect(!isLast || transform.release == shown.count)
      output += Splice.apply(transform.splices, to: Array(shown[..<transform.release]))
      held = Array(shown[transform.release...])
      mostHeld = max(mostHeld, held.count)
    }
    return (remover.tally, String(decoding: output, as: UTF8.self), mostHeld)
  }

  @Test(arguments: StreamSample.all)
  func `the usage of a whole stream is counted`(sample: StreamSample) {
    let (tally, firstTokens) = count([Array(sample.sent.utf8)[...]])
    check(tally, sample, "whole")
    #expect(firstTokens == 1)
  }

  @Test(arguments: StreamSample.all)
  func `a client that did not ask sees the stream that it would have seen`(sample: StreamSample) {
    let (tally, output, _) = remove([Array(sample.sent.utf8)[...]])
    check(tally, sample, "whole")
    #expect(output == sample.unasked)
  }

  @Test(arguments: StreamSample.all)
  func `counting does not depend on where the stream is cut`(sample: StreamSample) {
    let bytes = Array(sample.sent.utf8)
    for cut in 0...bytes.count {
      let (tally, firstTokens) = count([bytes[..<cut], bytes[cut...]])
      check(tally, sample, "cut at \(cut)")
      #expect(firstTokens == 1)
    }
  }

  @Test(arguments: StreamSample.all)
  func `removing does not depend on where the stream is cut`(sample: StreamSample) {
    let bytes = Array(sample.sent.utf8)
    for cut in 0...bytes.count {
      let (tally, output, _) = remove([bytes[..<cut], bytes[cut...]])
      check(tally, sample, "cut at \(cut)")
      #expect(output == sample.unasked, "cut at \(cut)")
    }
  }

  @Test(arguments: StreamSample.all)
  func `byte by byte and in random pieces the results are the same`(sample: StreamSample) {
    let bytes = Array(sample.sent.utf8)
    var random = SplitMix(seed: 42)
    for longest in [1, 2, 3, 7, 50, 400] {
      var pieces: [ArraySlice<UInt8>] = []
      var start = 0
      while start < bytes.count {
        let end = min(bytes.count, start + Int.random(in: 1...longest, using: &random))
        pieces.append(bytes[start..<end])
        start = end
      }
      pieces.append([])
      check(count(pieces).0, sample, "pieces of \(longest)")
      let (tally, output, _) = remove(pieces)
      check(tally, sample, "pieces of \(longest)")
      #expect(output == sample.unasked, "pieces of \(longest)")
    }
  }

  @Test(arguments: StreamSample.all)
  func `another process goes on from the checkpoint`(sample: StreamSample) throws {
    let bytes = Array(sample.sent.utf8)
    for cut in stride(from: 0, through: bytes.count, by: 13) {
      let front = Array(bytes[..<cut])
      var counter = StreamUsageCounter()
      _ = counter.received(front.span.bytes)
      var moved = try JSONDecoder().decode(
        StreamUsageCounter.self, from: JSONEncoder().encode(counter))
      #expect(moved == counter)
      let back = Array(bytes[cut...])
      _ = moved.received(back.span.bytes, isLast: true)
      check(moved.tally, sample, "moved at \(cut)")

      var remover = OpenAIStreamEditor()
      let first = remover.received(front.span.bytes)
      let state = try JSONEncoder().encode(remover)
      #expect(state.count < 600)
      var movedRemover = try JSONDecoder().decode(OpenAIStreamEditor.self, from: state)
      let rest = Array(bytes[first.release...])
      let second = movedRemover.received(rest.span.bytes, isLast: true)
      let output =
        Splice.apply(first.splices, to: Array(front[..<first.release]))
        + Splice.apply(second.splices, to: rest)
      #expect(String(decoding: output, as: UTF8.self) == sample.unasked)
      check(movedRemover.tally, sample, "moved at \(cut)")
    }
  }

  @Test func `complete events and keep-alives are never held back`() {
    var remover = OpenAIStreamEditor()
    let event = Array("data: {\"choices\":[]}\n\n: ping\ndata: {".utf8)
    let transform = remover.received(event.span.bytes)
    #expect(transform.release == event.count - 7)
    #expect(transform.splices == [])
  }

  @Test func `an event above the limit passes unread, and no more than the limit is held`() {
    let large =
      "data: {\"choices\":[{\"text\":\"\(String(repeating: "x", count: 300))\"}],\"usage\":null}\n\n"
    let text = large + "data: [DONE]\n\n"
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      for pieces in [[bytes[..<cut], bytes[cut...]], bytes.map { [$0][...] } + [[]]] {
        let (tally, output, mostHeld) = remove(pieces, limit: 200)
        #expect(output == text)
        #expect(mostHeld <= 200)
        #expect(tally.unreadEvents == 1 && tally.isDone)
        if cut > 0, pieces.count > 2 { break }
      }
    }
    let (tally, output, _) = remove([bytes[..<250], []], limit: 200)
    #expect(output == String(text.prefix(250)))
    #expect(tally.unreadEvents == 1)
  }

  @Test func `duplicate usage members all go`() {
    let sent = Array(
      "data: {\"usage\":null,\"choices\":[{\"text\":\"a\"}],\"usage\":{\"total_tokens\":1}}\n\n"
        .utf8)
    let (_, output, _) = remove([sent[...]])
    #expect(output == "data: {\"choices\":[{\"text\":\"a\"}]}\n\n")
  }

  @Test func `without reported usage there is an estimate that says so`() {
    let (tally, _) = count([Array(StreamSample.silent.sent.utf8)[...]])
    let usage = tally.usage(
      estimatedPromptTokens: TokenEstimate.promptTokens(words: 5, isStreamed: true))
    #expect(usage.isEstimate)
    #expect(usage.promptTokens == 9 && usage.completionTokens == 3 && usage.totalTokens == 12)
    let (reported, _) = count([Array(StreamSample.plain.sent.utf8)[...]])
    #expect(!reported.usage(estimatedPromptTokens: 99).isEstimate)
  }

  @Test func `the endings of several choices are told in their order`() {
    var counter = StreamUsageCounter()
    let bytes = Array(StreamSample.several.sent.utf8)
    _ = counter.received(bytes.span.bytes, isLast: true)
    #expect(counter.tally.endings.map(\.choice) == [1, 0])
    #expect(counter.tally.model == "gpt-4o-mini-2024-07-18")
  }

  @Test func `names without measure do not make the state large`() throws {
    let long = String(repeating: "m", count: 20_000)
    let chunk = Array(
      "data: {\"model\":\"\(long)\",\"choices\":[{\"finish_reason\":\"\(long)\"}]}\n\n".utf8)
    var counter = StreamUsageCounter()
    for _ in 0..<200 { _ = counter.received(chunk.span.bytes) }
    #expect(try JSONEncoder().encode(counter).count < 200)
  }
}

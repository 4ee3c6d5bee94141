// SPDX-License-Identifier: Apache-2.0

import Glibc
import LLM

/// Nanoseconds of CPU that this thread has used.
private func usedTime() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Nanoseconds of CPU that a run takes: the best of several batches, as the machine is shared.
func measure(runs: Int, _ body: () throws -> Void) rethrows -> Double {
  var best = Double.infinity
  for _ in 0..<15 {
    let start = usedTime()
    for _ in 0..<runs { try body() }
    best = min(best, Double(usedTime() - start) / Double(runs))
  }
  return best
}

/// A provider does not do what is measured.
struct Wrong: Error {
  let provider: String
  let what: String

  init(_ provider: String, _ what: String) {
    self.provider = provider
    self.what = what
  }
}

/// The way of a chat from the client's bytes to the provider's.
struct Translation {
  let provider: any Provider
  let body: [UInt8]

  init(_ provider: any Provider, _ body: [UInt8]) {
    self.provider = provider
    self.body = body
  }

  func measured() throws -> Double {
    try measure(runs: body.count > 10_000 ? 60 : 2000) {
      let bytes = body.span.bytes
      let facts = try RequestFacts(bytes)
      let chat = try ChatRequest(openAI: facts.root, in: bytes)
      _ = TokenEstimate.words(in: chat)
      let request = try provider.request(chat, call)
      guard request.body.count > body.count / 2 else { throw Wrong(provider.name, "request") }
    }
  }
}

/// The way of a stream from the provider's events to the client's, a few events a piece, as they come from a socket.
struct Stream {
  let provider: any Provider
  let sample: StreamSample

  init(_ provider: any Provider) {
    self.provider = provider
    sample = StreamSample(of: provider.name)
  }

  func measured() throws -> Double {
    let start = StreamTranslation(
      framer: provider.framer(mediaType: sample.mediaType), events: provider.events(call),
      answer: ChatStreamWriter(call, includesUsage: true))
    let pieces = sample.pieces
    let nanoseconds = try measure(runs: 200) {
      var translation = start
      for (number, piece) in pieces.enumerated() {
        let step = translation.received(piece.span.bytes, isLast: number == pieces.count - 1)
        guard step.consumed == piece.count else { throw Wrong(provider.name, "piece \(number)") }
      }
      guard translation.answer.endedProperly else {
        throw Wrong(provider.name, "\(translation.answer.error?.message ?? "no end")")
      }
    }
    return nanoseconds / Double(sample.events)
  }
}

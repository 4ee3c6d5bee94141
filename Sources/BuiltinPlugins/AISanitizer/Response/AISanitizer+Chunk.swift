// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PII
import PluginSDK

// The pieces of a streamed answer.
extension AISanitizer: ChunkPhase {
  /// Bytes of an answer in one piece that is held where a stream was asked for: an error, mostly.
  private static let longestWhole = 24 << 10

  mutating func chunk(_ chunk: inout Chunk) -> ChunkReply {
    let began = ContinuousClock.now
    defer { state.duration += (ContinuousClock.now - began).microseconds }
    let reading = state.reading
    state.reading = .nothing
    switch reading {
    case .nothing: return .release
    case .whole: return whole(&chunk)
    case .events(var stream): return events(&chunk, &stream)
    }
  }

  private mutating func events(_ chunk: inout Chunk, _ stream: inout AnswerStream) -> ChunkReply {
    let isLast = chunk.isLast
    let piece = chunk.body.bytes
    var work = work
    let step = piece.withRaw { stream.received($0, isLast: isLast, &work) }
    if let problem = commit(work, step.failure) {
      // The status is told already: an event says what happened, and nothing follows.
      let event = Array("data: ".utf8) + problem.body + Array("\n\n".utf8)
      chunk.body.replace(0..<piece.count, with: event)
      return isLast ? .release : .end
    }
    chunk.body.apply(step.splices)
    // What goes on unread is read no more.
    guard step.failure == nil else { return .release }
    state.reading = .events(stream)
    return isLast ? .release : .hold(piece.count - step.release)
  }

  private mutating func whole(_ chunk: inout Chunk) -> ChunkReply {
    let piece = chunk.body.bytes
    guard chunk.isLast || piece.count > Self.longestWhole else {
      state.reading = .whole
      return .hold(piece.count)
    }
    var stream = AnswerStream()
    let result =
      chunk.isLast
      ? read(piece, isEvents: false, &stream)
      : commit(work, "the answer is too long").map { .failure($0) } ?? .success([])
    switch result {
    case .success(let splices):
      chunk.body.apply(splices)
      return .release
    case .failure(let problem):
      chunk.body.replace(0..<piece.count, with: problem.body)
      return chunk.isLast ? .release : .end
    }
  }
}

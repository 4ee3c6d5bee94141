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
    let reading = state.reading
    state.reading = .nothing
    switch reading {
    case .nothing: return .release
    case .whole: return whole(&chunk)
    case .events(var stream): return events(&chunk, &stream)
    }
  }

  private mutating func events(_ chunk: inout Chunk, _ stream: inout AnswerStream) -> ChunkReply {
    let began = ContinuousClock.now
    let isLast = chunk.isLast
    let piece = chunk.body.bytes
    var work = work
    let failures = patterns?.failureCount ?? 0
    var step = piece.withRaw { stream.received($0, isLast: isLast, &work) }
    if (patterns?.failureCount ?? 0) > failures {
      step.failure = "a custom pattern reached its limit"
    }
    state.duration += (ContinuousClock.now - began).microseconds
    if let problem = commit(work, step.failure) {
      // The status is told already: an event says what happened, and nothing follows.
      let event = Array("data: ".utf8) + problem.body + Array("\n\n".utf8)
      chunk.body.replace(0..<piece.count, with: event)
      return isLast ? .release : .end
    }
    for splice in step.splices {
      chunk.body.replace(splice.offset..<splice.offset + splice.delete, with: splice.insert)
    }
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
      for splice in splices {
        chunk.body.replace(splice.offset..<splice.offset + splice.delete, with: splice.insert)
      }
      return .release
    case .failure(let problem):
      chunk.body.replace(0..<piece.count, with: problem.body)
      return chunk.isLast ? .release : .end
    }
  }
}

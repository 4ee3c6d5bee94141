// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// The pieces of a streamed answer: none goes on before it has been looked at.
extension AIAzureContentSafety: ChunkPhase {
  var chunkInterest: ChunkInterest? {
    guard config.guardsOutput else { return nil }
    return ChunkInterest(
      .transform, headers: ["content-type"], variables: ["consumer.id"], deadline: Self.deadline)
  }

  mutating func chunk(_ chunk: inout Chunk) async throws -> ChunkReply {
    guard var stream = state.stream else { return .release }
    // Taken out of the state while it changes, so that nothing is copied.
    state.stream = nil
    let (piece, isLast) = (chunk.body.bytes, chunk.isLast)
    do {
      try piece.withRaw { bytes throws(SafetyFailure) in
        try stream.receive(bytes, isLast: isLast)
      }
      guard isLast || stream.waiting >= config.buffer else {
        // Nothing was said yet: it need not wait.
        let hold = stream.waiting == 0 && stream.reader != .whole ? stream.release() : 0
        state.stream = stream
        return .hold(piece.count - hold)
      }
      let type = MediaType(chunk.response.headers["content-type"] ?? "")
      let texts =
        if stream.reader == .whole {
          try piece.withRaw { bytes throws(SafetyFailure) in try self.texts(of: bytes, type) }
        } else {
          stream.texts
        }
      return try await look(at: texts, of: &stream, in: &chunk)
    } catch let failure as SafetyFailure {
      guard let problem = refusal(failure) else { return .release }
      return end(&chunk, problem)
    }
  }

  private mutating func look(
    at texts: [[UInt8]], of stream: inout GuardedStream, in chunk: inout Chunk
  ) async throws -> ChunkReply {
    var problem: RequestProblem?
    if !texts.isEmpty {
      var log = SafetyLog(
        .output, config, consumer: chunk.variables["consumer.id"], spent: stream.spent)
      problem = try await refusal(of: texts, .output, &log)
      log.write(to: &chunk.logFields)
      stream.spent = log.spent
    }
    if let problem { return end(&chunk, problem) }
    let released = stream.release()
    state.stream = stream
    return chunk.isLast ? .release : .hold(chunk.body.bytes.count - released)
  }

  /// Nothing of what is held goes on; in its place the client is told why, as its API tells errors in a stream.
  private mutating func end(_ chunk: inout Chunk, _ problem: RequestProblem) -> ChunkReply {
    let type = MediaType(chunk.response.headers["content-type"] ?? "")
    let notice = StreamNotice(problem, type, format: config.patchbay.llmFormat)
    chunk.body.replace(0..<chunk.body.bytes.count, with: notice.bytes)
    return chunk.isLast ? .release : .end
  }
}

// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
import PluginSDK

// The pieces of a stream.
extension AIProxy: ChunkPhase {
  var chunkInterest: ChunkInterest? { ChunkInterest(.transform) }

  mutating func chunk(_ chunk: inout Chunk) -> ChunkReply {
    // Taken out of the state while it changes, so that nothing is copied.
    let reading = state.reading
    state.reading = .nothing
    switch reading {
    case .nothing: return .release
    case .counting(var counter):
      count(chunk, &counter)
      return .release
    case .editing(var editor): return edit(&chunk, &editor)
    case .gathering(var answer):
      gather(chunk, &answer)
      return .release
    case .translating(var translation): return translate(&chunk, &translation)
    case .observing(var translation): return observe(chunk, &translation)
    case .untold: return tell(&chunk)
    case .failing: return fail(&chunk)
    }
  }

  private mutating func count(_ chunk: Chunk, _ counter: inout StreamUsageCounter) {
    let isLast = chunk.isLast
    let isFirst = chunk.body.bytes.withRaw { counter.received($0, isLast: isLast) }
    state.reading = .counting(counter)
    if isFirst { state.firstToken = WallClock.microseconds() }
  }

  private mutating func edit(
    _ chunk: inout Chunk, _ editor: inout OpenAIStreamEditor
  ) -> ChunkReply {
    let isLast = chunk.isLast
    let piece = chunk.body.bytes
    let transform = piece.withRaw { editor.received($0, isLast: isLast) }
    state.reading = .editing(editor)
    if transform.hasFirstToken { state.firstToken = WallClock.microseconds() }
    chunk.body.apply(transform.splices)
    return isLast ? .release : .hold(piece.count - transform.release)
  }

  private mutating func gather(_ chunk: Chunk, _ answer: inout UnstreamedAnswer) {
    chunk.body.bytes.withRaw { answer.received($0) }
    state.firstToken = state.firstToken ?? WallClock.microseconds()
    state.reading = .gathering(answer)
    if chunk.isLast { finish(answer) }
  }

  mutating func finish(_ answer: UnstreamedAnswer) {
    state.reading = .nothing
    if let response = answer.response(route: route) {
      note(response)
    } else {
      state.usage = estimate(characters: 0)
    }
  }

  private mutating func translate(
    _ chunk: inout Chunk, _ translation: inout StreamTranslation
  ) -> ChunkReply {
    let isLast = chunk.isLast
    let piece = chunk.body.bytes
    let step = piece.withRaw { translation.received($0, isLast: isLast) }
    if step.hasFirstToken { state.firstToken = WallClock.microseconds() }
    chunk.body.replace(0..<step.consumed, with: step.output)
    let hasFailed = translation.answer.isOver && !translation.answer.endedProperly
    state.reading = .translating(translation)
    if isLast { return .release }
    // Behind an error nothing may follow, and nobody should wait for it.
    return hasFailed ? .end : .hold(piece.count - step.consumed)
  }

  private mutating func observe(
    _ chunk: Chunk, _ translation: inout StreamTranslation
  ) -> ChunkReply {
    let isLast = chunk.isLast
    let piece = chunk.body.bytes
    let step = piece.withRaw { translation.received($0, isLast: isLast) }
    if step.hasFirstToken { state.firstToken = WallClock.microseconds() }
    state.reading = .observing(translation)
    return isLast ? .release : .hold(piece.count - step.consumed)
  }

  private mutating func tell(_ chunk: inout Chunk) -> ChunkReply {
    let piece = chunk.body.bytes
    state.firstToken = state.firstToken ?? WallClock.microseconds()
    guard chunk.isLast else {
      state.reading = .untold
      return .hold(piece.count)
    }
    guard case .translated(let provider) = instance.backend, let call = state.call else {
      return .release
    }
    chunk.body.replace(0..<piece.count, with: told(piece, of: provider, call))
    return .release
  }

  private mutating func fail(_ chunk: inout Chunk) -> ChunkReply {
    let piece = chunk.body.bytes
    let status = chunk.response.status
    let isTooLarge = piece.count > Self.maximumErrorSize
    guard chunk.isLast || isTooLarge else {
      state.reading = .failing
      return .hold(piece.count)
    }
    let body =
      isTooLarge
      ? ChatError(status: status, of: instance.config.model.provider).openAI.bytes
      : failure(piece, status: status)?.body
    if let body { chunk.body.replace(0..<piece.count, with: body) }
    return chunk.isLast ? .release : .end
  }
}

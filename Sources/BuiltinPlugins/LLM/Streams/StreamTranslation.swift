// SPDX-License-Identifier: Apache-2.0

/// Turns the pieces of a provider's stream into OpenAI's, one event as soon as it is whole.
///
/// What comes out does not depend on how the stream is cut. The state has no bytes of the stream in it: what belongs to
/// an unfinished event is held back by the host, and shown again in front of the next piece.
package struct StreamTranslation: Equatable, Sendable {
  /// An event above this size is not waited for, in bytes: it would be shown again with every piece that comes.
  package static let maximumEventSize = 4 * 1024 * 1024

  private var framer: StreamFramer
  private var events: ProviderEvents
  /// What was written so far, and what it adds up to.
  package private(set) var answer: ChatStreamWriter

  /// What became of a piece.
  package struct Step: Equatable, Sendable {
    /// What the client gets for it.
    package var output: [UInt8] = []
    /// Bytes of the piece that were read; the others are to be shown again.
    package var consumed = 0
    /// Whether the first generated token is in it.
    package var hasFirstToken = false
  }

  /// At the start of a stream.
  package init(framer: StreamFramer, events: ProviderEvents, answer: ChatStreamWriter) {
    self.framer = framer
    self.events = events
    self.answer = answer
  }

  /// Reads a piece: the bytes that were held back, and those that came since.
  package mutating func received(_ piece: RawSpan, isLast: Bool = false) -> Step {
    let hadOutput = answer.hasOutput
    var step = Step()
    do throws(StreamProblem) {
      while step.consumed < piece.byteCount {
        let frame = try framer.next(in: piece, from: step.consumed, isLast: isLast)
        guard let frame else {
          if piece.byteCount - step.consumed > Self.maximumEventSize {
            throw StreamProblem("an event has more than \(Self.maximumEventSize) bytes")
          }
          break
        }
        read(frame, in: piece)
        step.consumed = frame.end
      }
    } catch {
      answer.fail(ChatError(unreadableStream: error.reason))
    }
    if isLast { answer.inputEnded() }
    // What follows the end of an answer means nothing, finished or not.
    if isLast || answer.isOver { step.consumed = piece.byteCount }
    step.output = answer.takeOutput()
    step.hasFirstToken = answer.hasOutput && !hadOutput
    return step
  }

  private mutating func read(_ frame: StreamFramer.Frame, in piece: RawSpan) {
    guard !answer.isOver else { return }
    let name = frame.name ?? 0..<0
    switch frame.data {
    case .none: break
    case .line(let range):
      read(name: piece.extracting(name), data: piece.extracting(range))
    case .lines(let lines):
      read(name: piece.extracting(name), data: lines.span.bytes)
    }
  }

  private mutating func read(name: RawSpan, data: RawSpan) {
    do throws(JSONError) {
      // What is copied to the client is proven to be JSON first.
      if !data.hasPrefix("[DONE]", at: 0) { _ = try JSONNode.validated(in: data) }
      try events.read(name: name, data: data, into: &answer)
    } catch {
      answer.fail(ChatError(unreadableStream: "\(error)"))
    }
  }
}

extension ChatError {
  /// The provider's stream is not what its API says.
  init(unreadableStream reason: String) {
    self.init(
      message: "the provider's stream cannot be read: \(reason)", type: "upstream_error",
      code: Self.unreadable)
  }

  private static let unreadable = "upstream_answer_unreadable"

  /// Whether the provider did not tell it: what it sent is not what its API says.
  package var isUnreadable: Bool { code == Self.unreadable }
}

extension StreamTranslation: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.state(framer)
    writer.state(events)
    writer.state(answer)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    framer = try reader.state()
    events = try reader.state()
    answer = try reader.state()
  }
}

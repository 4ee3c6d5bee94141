// SPDX-License-Identifier: Apache-2.0

/// Counts what an OpenAI stream uses and makes it what the client asked for. For one who did not ask
/// for usage: without the chunk that carries only usage, and without the member `usage` of the others
/// (with `include_usage` OpenAI puts a null into each; without it there is none). For one who did,
/// from a provider that tells it in each chunk: once, at the end, as clients add up what they find.
/// An error in the provider's own shape becomes one in OpenAI's.
///
/// Of an event whose end has not come, the host holds the bytes back and shows them again in front
/// of the next piece: there is no buffer here, and the state is tiny. All else is released at once.
/// What the client gets does not depend on how the stream is cut.
package struct OpenAIStreamEditor: Equatable, Sendable {
  /// What the client is to see of the usage.
  package enum Visibility: Int, Equatable, Sendable {
    /// Nothing.
    case hidden
    /// What the provider sends.
    case asSent
    /// One chunk in front of the end.
    case atEnd
  }

  /// What the client is to see of the usage.
  package let visibility: Visibility
  /// The size above which an event passes unread, in bytes: as much as the host is ever asked to
  /// hold.
  package let maximumEventSize: Int
  private var framer = EventStreamFramer()
  /// The members that each chunk has, for one of our own.
  private var identity: StreamIdentity?
  /// An event that is too large goes by in pieces.
  private var isPassing = false
  /// The frame before was taken out, so the line feed of its CRLF must go too.
  private var removesLineFeed = false
  /// What was counted so far.
  package private(set) var tally = OpenAIStreamTally()

  /// What is to happen with a piece.
  package struct Transform: Equatable, Sendable {
    /// The changes, in the coordinates of the piece.
    package var splices: [Splice] = []
    /// The bytes up to here go on; those behind it are held and come again. All, with the last
    /// piece.
    package var release = 0
    /// Whether the first generated token is in the piece.
    package var hasFirstToken = false
  }

  /// At the start of a stream.
  package init(
    _ visibility: Visibility = .hidden,
    maximumEventSize: Int = EventStreamParser.defaultMaximumEventSize
  ) {
    self.visibility = visibility
    self.maximumEventSize = maximumEventSize
  }

  /// Looks at a piece: the bytes that were held back, and those that came since.
  package mutating func received(_ piece: RawSpan, isLast: Bool = false) -> Transform {
    var transform = Transform()
    let hadOutput = tally.hasOutput
    while transform.release < piece.byteCount {
      let start = transform.release
      let before = framer
      guard let found = framer.next(in: piece, from: start) else {
        if isLast {
          endFrame(.event, in: piece, start..<piece.byteCount, &transform)
        } else if isPassing || piece.byteCount - start > maximumEventSize {
          isPassing = true
        } else {
          // These bytes come again, so the framer has not seen them yet.
          framer = before
          break
        }
        transform.release = piece.byteCount
        break
      }
      endFrame(found.frame, in: piece, start..<found.end, &transform)
      transform.release = found.end
    }
    if isLast, isPassing {
      tally.skippedEvent()
      isPassing = false
    }
    transform.hasFirstToken = tally.hasOutput && !hadOutput
    return transform
  }

  private mutating func endFrame(
    _ frame: EventStreamFramer.Frame, in piece: RawSpan, _ range: Range<Int>,
    _ transform: inout Transform
  ) {
    switch frame {
    case .filler:
      isPassing = false
      removesLineFeed = false
    case .lineFeed:
      if removesLineFeed {
        transform.splices.append(Splice(offset: range.lowerBound, delete: range.count))
      }
      removesLineFeed = false
    case .event:
      let wasPassing = isPassing
      isPassing = false
      removesLineFeed = false
      if wasPassing || range.count > maximumEventSize {
        tally.skippedEvent()
      } else {
        read(ServerSentEvent(in: piece, range: range), in: piece, &transform)
      }
    }
  }

  private mutating func read(
    _ event: ServerSentEvent, in piece: RawSpan, _ transform: inout Transform
  ) {
    let chunk: OpenAIStreamTally.Chunk
    var line: Range<Int>?
    switch event.payload {
    case .none: return
    case .line(let range):
      chunk = tally.count(piece.extracting(range))
      line = range
    case .lines(let lines):
      chunk = tally.count(lines.span.bytes)
    }
    if chunk.isOther, let line, let error = normalised(piece.extracting(line)) {
      transform.splices.append(
        Splice(offset: line.lowerBound, delete: line.count, insert: error))
      return
    }
    switch visibility {
    case .asSent: break
    case .hidden: hideUsage(chunk, event, line, in: piece, &transform)
    case .atEnd:
      if chunk.isEnd {
        tellUsage(at: event.range.lowerBound, &transform)
      } else {
        if let line { identity = identity ?? StreamIdentity(piece.extracting(line)) }
        hideUsage(chunk, event, line, in: piece, &transform)
      }
    }
  }

  private mutating func normalised(_ data: RawSpan) -> [UInt8]? {
    guard let error = OpenAI.normalisedStreamError(data) else { return nil }
    tally.failed(String(decoding: error, as: UTF8.self))
    return error
  }

  private func tellUsage(at offset: Int, _ transform: inout Transform) {
    guard let usage = tally.usage, let identity else { return }
    transform.splices.append(
      Splice(offset: offset, insert: identity.event(model: tally.model ?? "", usage)))
  }

  private mutating func hideUsage(
    _ chunk: OpenAIStreamTally.Chunk, _ event: ServerSentEvent, _ line: Range<Int>?,
    in piece: RawSpan, _ transform: inout Transform
  ) {
    if chunk.isOnlyUsage {
      transform.splices.append(
        Splice(offset: event.range.lowerBound, delete: event.range.count))
      removesLineFeed = true
    } else if chunk.hasUsageMember, let line {
      // JSON over several data lines, which nobody sends, keeps its member.
      transform.splices += withoutUsage(chunk, in: piece.extracting(line)).map {
        Splice(offset: line.lowerBound + $0.offset, delete: $0.delete, insert: $0.insert)
      }
    }
  }

  private func withoutUsage(_ chunk: OpenAIStreamTally.Chunk, in data: RawSpan) -> [Splice] {
    if let member = chunk.usageMember {
      return [Splice(offset: member.lowerBound, delete: member.count)]
    }
    var edit = JSONEdit()
    edit.remove("usage")
    let root = try? JSONNode(scanning: data)
    return root.flatMap { try? edit.splices(in: data, object: $0) } ?? []
  }
}

extension OpenAIStreamEditor: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.number(visibility.rawValue)
    writer.state(identity)
    writer.number(maximumEventSize)
    writer.state(framer)
    writer.flag(isPassing)
    writer.flag(removesLineFeed)
    writer.state(tally)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    guard let visibility = Visibility(rawValue: try reader.number()) else {
      throw StateError(at: 0)
    }
    self.visibility = visibility
    identity = try reader.optionalState()
    maximumEventSize = try reader.number()
    framer = try reader.state()
    isPassing = try reader.flag()
    removesLineFeed = try reader.flag()
    tally = try reader.state()
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Finds the events in a stream whose unfinished end is shown again: the host holds it back.
///
/// So a framer keeps no bytes, and an event is read where it lies.
package enum StreamFramer: Equatable, Sendable {
  /// Server-sent events (WHATWG HTML, section 9.2.6).
  case serverSentEvents(EventStreamFramer)
  /// One JSON array, each element an event.
  case jsonArray(JSONArrayFramer)
  /// Messages of `application/vnd.amazon.eventstream`, their checksums checked.
  case awsEvents
  /// A JSON text in each line (NDJSON).
  case lines

  /// A frame that was found.
  package struct Frame: Equatable, Sendable {
    /// The offset behind its last byte.
    package var end: Int
    /// Its data; none if the frame says nothing, such as a comment.
    package var data = ServerSentEvent.Payload.none
    /// Its name, if it has one.
    package var name: Range<Int>?

    /// A frame that says nothing.
    package init(end: Int) { self.end = end }

    /// A frame with data.
    package init(end: Int, data: Range<Int>, name: Range<Int>? = nil) {
      self.end = end
      self.data = .line(data)
      self.name = name
    }
  }

  /// The frame that begins at an offset; nil if its end has not come, in which case the bytes are to be shown again.
  ///
  /// - Parameter isLast: Nothing will come behind the piece, so that what stands there is a frame, finished or not.
  /// - Throws: when the bytes are no such stream, and it can only be given up.
  package mutating func next(
    in piece: RawSpan, from offset: Int, isLast: Bool
  ) throws(StreamProblem) -> Frame? {
    switch self {
    case .serverSentEvents(var framer):
      let frame = framer.frame(in: piece, from: offset, isLast: isLast)
      if frame != nil { self = .serverSentEvents(framer) }
      return frame
    case .jsonArray(var framer):
      let frame = try framer.next(in: piece, from: offset)
      if frame != nil { self = .jsonArray(framer) }
      return frame
    case .awsEvents:
      return try Frame(awsEvent: piece, at: offset)
    case .lines: return LineFramer.frame(in: piece, from: offset, isLast: isLast)
    }
  }
}

/// Why a stream cannot be read on.
package struct StreamProblem: Error, Equatable, Sendable {
  /// What is wrong with it.
  package var reason: String

  /// A problem.
  package init(_ reason: String) { self.reason = reason }
}

extension EventStreamFramer {
  fileprivate mutating func frame(
    in piece: RawSpan, from offset: Int, isLast: Bool
  ) -> StreamFramer.Frame? {
    guard let found = next(in: piece, from: offset) else {
      // Some upstreams leave out the last blank line.
      return isLast ? event(in: piece, offset..<piece.byteCount) : nil
    }
    guard found.frame == .event else { return StreamFramer.Frame(end: found.end) }
    return event(in: piece, offset..<found.end)
  }

  private func event(in piece: RawSpan, _ range: Range<Int>) -> StreamFramer.Frame {
    let event = ServerSentEvent(in: piece, range: range)
    var frame = StreamFramer.Frame(end: range.upperBound)
    frame.data = event.payload
    frame.name = event.name
    return frame
  }
}

extension StreamFramer: CompactState {
  package func write(to writer: inout StateWriter) {
    switch self {
    case .serverSentEvents(let framer):
      writer.text("sse")
      writer.state(framer)
    case .jsonArray(let framer):
      writer.text("json-array")
      writer.state(framer)
    case .awsEvents: writer.text("aws")
    case .lines: writer.text("lines")
    }
  }

  package init(from reader: inout StateReader) throws(StateError) {
    switch try reader.text() {
    case "sse": self = .serverSentEvents(try reader.state())
    case "json-array": self = .jsonArray(try reader.state())
    case "aws": self = .awsEvents
    case "lines": self = .lines
    default: throw StateError(at: 0)
    }
  }
}

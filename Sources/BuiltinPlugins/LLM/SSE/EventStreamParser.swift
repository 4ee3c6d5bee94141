// SPDX-License-Identifier: Apache-2.0

/// What a parser met in an event stream.
package enum EventStreamItem: Equatable, Sendable {
  /// An event; its ranges are those of the span that comes with it.
  case event(ServerSentEvent)
  /// An event that is larger than the parser reads. It is skipped, wherever the pieces are cut.
  case failure(EventStreamError)
}

/// Why an event could not be read.
package enum EventStreamError: Error, Equatable, Sendable {
  /// The event has more bytes than the limit.
  case eventTooLarge(limit: Int)
}

/// Reads the events of a stream that is seen by copy: pieces come once, cut anywhere.
///
/// An event that lies in one piece is read in place. Of one that straddles pieces the bytes so far
/// are carried, at most ``maximumEventSize`` of them; they are part of the `Codable` state, so that
/// another process can go on from it.
package struct EventStreamParser: Equatable, Sendable {
  /// Chosen so that the state fits a checkpoint of 64 KiB in any reasonable coding.
  package static let defaultMaximumEventSize = 24 * 1024

  /// The size above which an event is skipped, in bytes.
  package let maximumEventSize: Int
  private var framer = EventStreamFramer()
  private var carried: [UInt8] = []
  private var isSkipping = false

  /// At the start of a stream.
  package init(maximumEventSize: Int = EventStreamParser.defaultMaximumEventSize) {
    self.maximumEventSize = maximumEventSize
  }

  /// Reads a piece and hands each event in it, with the span of its ranges, to `body`.
  ///
  /// With the last piece, an event that lacks only its blank line is delivered too: the standard
  /// would drop it, but there are upstreams that end so, and what they said counts.
  package mutating func read(
    _ piece: RawSpan, isLast: Bool = false, _ body: (RawSpan, EventStreamItem) -> Void
  ) {
    var start = 0
    while let found = framer.next(in: piece, from: start) {
      if found.frame == .event || isSkipping || !carried.isEmpty {
        finish(piece, start..<found.end, isEvent: found.frame == .event, body)
      }
      start = found.end
    }
    guard start < piece.byteCount || isLast else { return }
    if isLast {
      finish(piece, start..<piece.byteCount, isEvent: true, body)
    } else if isSkipping || carried.count + piece.byteCount - start > maximumEventSize {
      carried = []
      isSkipping = true
    } else {
      piece.extracting(start..<piece.byteCount).withUnsafeBytes {
        carried.append(contentsOf: $0)
      }
    }
  }

  private mutating func finish(
    _ piece: RawSpan, _ range: Range<Int>, isEvent: Bool,
    _ body: (RawSpan, EventStreamItem) -> Void
  ) {
    defer {
      carried.removeAll(keepingCapacity: true)
      isSkipping = false
    }
    let size = carried.count + range.count
    guard isEvent, size > 0 || isSkipping else { return }
    if isSkipping || size > maximumEventSize {
      body(piece, .failure(.eventTooLarge(limit: maximumEventSize)))
    } else if carried.isEmpty {
      body(piece, .event(ServerSentEvent(in: piece, range: range)))
    } else {
      piece.extracting(range).withUnsafeBytes { carried.append(contentsOf: $0) }
      let whole = carried.span.bytes
      body(whole, .event(ServerSentEvent(in: whole, range: 0..<size)))
    }
  }
}

extension EventStreamParser: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.number(maximumEventSize)
    writer.state(framer)
    writer.bytes(carried)
    writer.flag(isSkipping)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    maximumEventSize = try reader.number()
    framer = try reader.state()
    carried = try reader.bytes()
    isSkipping = try reader.flag()
  }
}

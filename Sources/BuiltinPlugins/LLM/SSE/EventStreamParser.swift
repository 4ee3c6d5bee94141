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
package struct EventStreamParser: Codable, Equatable, Sendable {
  /// Chosen so that the state fits a checkpoint of 64 KiB in any reasonable coding.
  package static let defaultMaximumEventSize = 24 * 1024

  /// The size above which an event is skipped, in bytes.
  package let maximumEventSize: Int
  private var framer = EventStreamFramer()
  private var carried = CarriedBytes()
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
      if found.frame == .event || isSkipping || !carried.bytes.isEmpty {
        finish(piece, start..<found.end, isEvent: found.frame == .event, body)
      }
      start = found.end
    }
    guard start < piece.byteCount || isLast else { return }
    if isLast {
      finish(piece, start..<piece.byteCount, isEvent: true, body)
    } else if isSkipping || carried.bytes.count + piece.byteCount - start > maximumEventSize {
      carried.bytes = []
      isSkipping = true
    } else {
      piece.extracting(start..<piece.byteCount).withUnsafeBytes {
        carried.bytes.append(contentsOf: $0)
      }
    }
  }

  private mutating func finish(
    _ piece: RawSpan, _ range: Range<Int>, isEvent: Bool,
    _ body: (RawSpan, EventStreamItem) -> Void
  ) {
    defer {
      carried.bytes.removeAll(keepingCapacity: true)
      isSkipping = false
    }
    let size = carried.bytes.count + range.count
    guard isEvent, size > 0 || isSkipping else { return }
    if isSkipping || size > maximumEventSize {
      body(piece, .failure(.eventTooLarge(limit: maximumEventSize)))
    } else if carried.bytes.isEmpty {
      body(piece, .event(ServerSentEvent(in: piece, range: range)))
    } else {
      piece.extracting(range).withUnsafeBytes { carried.bytes.append(contentsOf: $0) }
      let whole = carried.bytes.span.bytes
      body(whole, .event(ServerSentEvent(in: whole, range: 0..<size)))
    }
  }
}

/// Bytes that are coded as one string, a scalar a byte: an array of numbers would be four times the
/// size.
private struct CarriedBytes: Codable, Equatable {
  var bytes: [UInt8] = []

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    bytes = try text.unicodeScalars.map { scalar in
      guard let byte = UInt8(exactly: scalar.value) else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "a scalar above U+00FF is no byte")
      }
      return byte
    }
  }

  func encode(to encoder: any Encoder) throws {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: bytes.map { Unicode.Scalar($0) })
    var container = encoder.singleValueContainer()
    try container.encode(String(text))
  }
}

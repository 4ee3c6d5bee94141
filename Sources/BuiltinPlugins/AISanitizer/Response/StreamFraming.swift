// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig

/// How the events of a streamed answer stand in it, and how others are put between them.
struct StreamFraming: Equatable, Sendable {
  /// Where an event of our own comes.
  enum Place {
    /// In front of another.
    case inFront
    /// Behind all.
    case atEnd
  }

  private(set) var framer: StreamFramer

  init(_ framer: StreamFramer) { self.framer = framer }

  mutating func next(
    in piece: RawSpan, from offset: Int, isLast: Bool
  ) throws(StreamProblem) -> StreamFramer.Frame? {
    try framer.next(in: piece, from: offset, isLast: isLast)
  }

  /// Whether a change of an event changes all of its frame.
  var hasChecksums: Bool { framer == .awsEvents }

  /// Whether an array has ended.
  var isClosed: Bool {
    guard case .jsonArray(let array) = framer else { return false }
    return !array.hasElements
  }

  /// Whether an array is open.
  var isOpen: Bool {
    guard case .jsonArray(let array) = framer else { return false }
    return array.hasElements
  }

  /// The name of an event, where it says what it is.
  func name(of frame: StreamFramer.Frame, in piece: RawSpan) -> String {
    guard hasChecksums, let name = frame.name else { return "" }
    return piece.extracting(name).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// Where events in front of another come.
  func place(in frame: StreamFramer.Frame, from start: Int, data: Range<Int>) -> Int {
    // In an array there is a bracket or a comma in front.
    if case .jsonArray = framer { return data.lowerBound }
    return start
  }

  /// An event of our own.
  ///
  /// - Parameters:
  ///   - text: The content of a JSON string. It may begin and end within a character.
  ///   - data: What is around it, with a zero in its place.
  func event(
    _ name: String, saying text: [UInt8], _ data: String, _ place: Place
  ) -> [UInt8] {
    var data = Array(data.utf8)
    if let mark = data.lastIndex(of: 0) { data.replaceSubrange(mark...mark, with: text) }
    switch framer {
    case .serverSentEvents:
      let line = name.isEmpty ? [] : Array("event: \(name)\n".utf8)
      return line + Array("data: ".utf8) + data + Array("\n\n".utf8)
    case .jsonArray:
      let comma = [UInt8(ascii: ",")]
      return place == .inFront ? data + comma : comma + data
    case .awsEvents:
      return AWSEventMessage.bytes(
        headers: [
          (":event-type", name), (":content-type", "application/json"), (":message-type", "event"),
        ], payload: data)
    case .lines: return data + [0x0A]
    }
  }

  /// Events behind a piece that is the last, which may leave out the end of its own.
  func separated(_ events: [UInt8], behind piece: RawSpan) -> [UInt8] {
    guard !events.isEmpty, piece.byteCount > 0 else { return events }
    let isEnded = piece.withUnsafeBytes { $0.last == 0x0A || $0.last == 0x0D }
    switch framer {
    case .serverSentEvents: return (isEnded ? [0x0A] : [0x0A, 0x0A]) + events
    case .lines: return isEnded ? events : [0x0A] + events
    case .jsonArray, .awsEvents: return events
    }
  }

  /// A frame with other data.
  func replacing(
    _ frame: StreamFramer.Frame, from start: Int, in piece: RawSpan, with data: [UInt8]
  ) -> Splice {
    let insert: [UInt8]
    if hasChecksums {
      insert = replacing(messageAt: start, frame, in: piece, with: data)
    } else {
      // Nobody sends JSON over several lines: it is written again in one.
      let name = frame.name.map { name in
        piece.extracting(name).withUnsafeBytes { Array("event: ".utf8) + Array($0) + [0x0A] }
      }
      let line = data.filter { $0 != 0x0A && $0 != 0x0D }
      insert = (name ?? []) + Array("data: ".utf8) + line + Array("\n\n".utf8)
    }
    return Splice(offset: start, delete: frame.end - start, insert: insert)
  }

  private func replacing(
    messageAt start: Int, _ frame: StreamFramer.Frame, in piece: RawSpan, with data: [UInt8]
  ) -> [UInt8] {
    if case .lines = frame.data, let error = try? JSONNode.validated(in: data.span.bytes) {
      // An error has all in its headers.
      let bytes = data.span.bytes
      return AWSEventMessage.bytes(
        headers: [
          (":message-type", "error"),
          (":error-code", error.get("__type", in: bytes)?.string(in: bytes) ?? ""),
          (":error-message", error.get("message", in: bytes)?.string(in: bytes) ?? ""),
        ], payload: [])
    }
    guard let message = try? AWSEventMessage(in: piece, at: start) else { return [] }
    return message.bytes(in: piece, payload: data)
  }

  /// What tells a client that the stream is refused, in the place of all that is held of it.
  ///
  /// - Parameter isOpen: Elements of an array were told.
  func refusal(_ problem: RequestProblem, _ format: StreamFormat?, isOpen: Bool) -> [UInt8] {
    let data = format?.error(problem).bytes ?? problem.body
    switch framer {
    case .serverSentEvents:
      let name = format == .anthropic ? "event: error\n" : ""
      return Array("\(name)data: ".utf8) + data + Array("\n\n".utf8)
    case .jsonArray: return [UInt8(ascii: isOpen ? "," : "[")] + data + [UInt8(ascii: "]")]
    case .awsEvents:
      return AWSEventMessage.exception(
        problem.status < 500 ? "validationException" : "internalServerException",
        message: problem.message)
    case .lines: return data + [0x0A]
    }
  }
}

extension StreamFraming {
  /// How a stream is read by its media type; nil: it is none that is known.
  init?(_ type: MediaType) {
    switch type.name {
    case "text/event-stream": self.init(.serverSentEvents(EventStreamFramer()))
    case "application/vnd.amazon.eventstream": self.init(.awsEvents)
    case "application/stream+json", "application/x-ndjson", "application/jsonl": self.init(.lines)
    default: return nil
    }
  }

  /// Gemini's streams without events.
  static var array: StreamFraming { StreamFraming(.jsonArray(JSONArrayFramer())) }
}

extension RawSpan {
  /// Whether there is nothing but white space from a place on.
  func isBlank(from place: Int) -> Bool {
    extracting(place..<byteCount).withUnsafeBytes {
      $0.allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x0A || $0 == 0x09 }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Reads the body of a message by its framing (RFC 9112, 6.3 and 7.1). Data are slices of what arrived.
struct BodyDecoder: Sendable {
  enum Part {
    case data(ByteBuffer)
    case end(Trailers)
  }

  private enum State {
    case fixed(remaining: Int)
    case untilClose
    case chunkLine(ChunkLine)
    case chunkData(remaining: Int)
    /// Of the CRLF behind a chunk's data.
    case chunkEnd(hasCarriageReturn: Bool)
    case trailers
  }

  private var state: State
  private var extensionBytes = 0
  /// Outside of the state, so that its table grows in place.
  private var fields: FieldParser
  private let limits: HeadLimits

  init(_ framing: BodyFraming, limits: HeadLimits) {
    switch framing {
    case .none: state = .fixed(remaining: 0)
    case .length(let length): state = .fixed(remaining: length)
    case .chunked: state = .chunkLine(ChunkLine())
    case .untilClose: state = .untilClose
    }
    fields = FieldParser(from: 0, limit: limits.fields)
    self.limits = limits
  }

  /// Whether the end of the connection is the end of the body.
  var endsWithConnection: Bool {
    if case .untilClose = state { return true }
    return false
  }

  /// The next part, or nil when more bytes are needed. Not asked again behind the end.
  mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Part? {
    while true {
      switch state {
      case .fixed(let remaining):
        guard remaining > 0 else { return .end(Trailers()) }
        guard let data = Self.take(remaining, from: &buffer) else { return nil }
        state = .fixed(remaining: remaining - data.readableBytes)
        return .data(data)
      case .untilClose: return Self.take(.max, from: &buffer).map { .data($0) }
      case .chunkLine(var line):
        guard try parse(&line, &buffer) else {
          state = .chunkLine(line)
          return nil
        }
        extensionBytes += line.extensionBytes
        state = line.size == 0 ? .trailers : .chunkData(remaining: line.size)
      case .chunkData(let remaining):
        guard let data = Self.take(remaining, from: &buffer) else { return nil }
        let rest = remaining - data.readableBytes
        state = rest == 0 ? .chunkEnd(hasCarriageReturn: false) : .chunkData(remaining: rest)
        return .data(data)
      case .chunkEnd(let hasCarriageReturn):
        guard let byte: UInt8 = buffer.readInteger() else { return nil }
        guard byte == (hasCarriageReturn ? .lineFeed : .carriageReturn) else { throw .badChunkEnd }
        state = hasCarriageReturn ? .chunkLine(ChunkLine()) : .chunkEnd(hasCarriageReturn: true)
      case .trailers: return try readTrailers(&buffer).map { .end($0) }
      }
    }
  }

  @inline(__always)
  private static func take(_ limit: Int, from buffer: inout ByteBuffer) -> ByteBuffer? {
    guard buffer.readableBytes > 0 else { return nil }
    return buffer.readSlice(length: min(limit, buffer.readableBytes))
  }

  private func parse(
    _ line: inout ChunkLine, _ buffer: inout ByteBuffer
  ) throws(HTTPRefusal) -> Bool {
    var index = 0
    let isOver = try line.parse(
      buffer.readableBytesSpan, &index, extensionLimit: limits.chunkExtensions - extensionBytes)
    buffer.moveReaderIndex(forwardBy: index)
    return isOver
  }

  private mutating func readTrailers(
    _ buffer: inout ByteBuffer
  ) throws(HTTPRefusal) -> Trailers? {
    let present = min(buffer.readableBytes, limits.trailers)
    guard try fields.parse(buffer.readableBytesSpan.extracting(first: present)) else {
      guard present < limits.trailers else { throw .trailersTooLarge }
      return nil
    }
    for field in fields.table where field.known.isForbiddenInTrailers { throw .forbiddenTrailer }
    guard let bytes = buffer.readSlice(length: fields.cursor), !fields.table.isEmpty else {
      return Trailers()
    }
    return Trailers(bytes: bytes, table: fields.table)
  }
}

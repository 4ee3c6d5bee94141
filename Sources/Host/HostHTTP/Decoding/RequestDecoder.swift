// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Reads the requests of a connection, one behind the other.
///
/// It does not own the bytes: the caller keeps what has arrived and was not read in one buffer, adds to its end, and
/// hands it in. Heads and bodies are slices of it. What comes out depends on the bytes alone, never on how they were cut.
/// A refusal is final.
package struct RequestDecoder: Sendable {
  /// What was read.
  package enum Event {
    case head(RequestHead)
    case body(ByteBuffer)
    /// The request is over; the next call reads the next one.
    case end(Trailers)
  }

  private enum State {
    case head
    case body
    case refused(HTTPRefusal)
  }

  private var state = State.head
  private var skippedEmptyLine = false
  // Outside of the state, so that what they hold grows in place.
  private var line = RequestLine()
  private var fields: FieldParser?
  private var body: BodyDecoder
  private let limits: HeadLimits

  package init(limits: HeadLimits = HeadLimits()) {
    self.limits = limits
    body = BodyDecoder(.none, limits: limits)
  }

  /// Whether no head was read whose request is not over. Bytes of a next head may be here nevertheless.
  package var isIdle: Bool {
    if case .head = state { return true }
    return false
  }

  /// The next event, or nil when more bytes are needed.
  package mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Event? {
    do throws(HTTPRefusal) {
      switch state {
      case .head: return try readHead(&buffer).map { .head($0) }
      case .body: return try readBody(&buffer)
      case .refused(let refusal): throw refusal
      }
    } catch {
      state = .refused(error)
      throw error
    }
  }

  /// The client will send no more.
  ///
  /// - Parameter rest: what is left of its bytes.
  /// - Throws: `truncated` when a request is under way.
  package mutating func endOfFile(_ rest: ByteBuffer) throws(HTTPRefusal) {
    if case .refused(let refusal) = state { throw refusal }
    guard isIdle, rest.readableBytes == 0 else {
      state = .refused(.truncated)
      throw .truncated
    }
  }

  private mutating func readBody(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Event? {
    switch try body.next(&buffer) {
    case nil: return nil
    case .data(let bytes): return .body(bytes)
    case .end(let trailers):
      state = .head
      skippedEmptyLine = false
      return .end(trailers)
    }
  }

  private mutating func readHead(
    _ buffer: inout ByteBuffer
  ) throws(HTTPRefusal) -> RequestHead? {
    if line.cursor == 0, !skippedEmptyLine {
      guard try skipEmptyLine(&buffer) else { return nil }
    }
    let present = min(buffer.readableBytes, limits.head)
    guard let length = try parse(buffer.readableBytesSpan.extracting(first: present)) else {
      guard present < limits.head else { throw .headTooLarge }
      return nil
    }
    guard let bytes = buffer.readSlice(length: length) else { return nil }
    let head = try RequestHead(bytes: bytes, line: line, table: fields?.table ?? [])
    line = RequestLine()
    fields = nil
    body = BodyDecoder(head.framing, limits: limits)
    state = .body
    return head
  }

  /// One empty line before a request is forgiven (RFC 9112, 2.2). Whether the head begins now.
  private mutating func skipEmptyLine(
    _ buffer: inout ByteBuffer
  ) throws(HTTPRefusal) -> Bool {
    let index = buffer.readerIndex
    guard let first: UInt8 = buffer.getInteger(at: index) else { return false }
    guard first == .carriageReturn else { return true }
    guard let second: UInt8 = buffer.getInteger(at: index + 1) else { return false }
    guard second == .lineFeed else { throw .bareCarriageReturn }
    buffer.moveReaderIndex(forwardBy: 2)
    skippedEmptyLine = true
    return true
  }

  /// The length of the head, when all of it is there.
  @inline(__always)
  private mutating func parse(_ head: RawSpan) throws(HTTPRefusal) -> Int? {
    if fields == nil {
      guard try line.parse(head, targetLimit: limits.target) else { return nil }
      fields = FieldParser(from: line.cursor, limit: limits.fields)
    }
    guard try fields?.parse(head) == true else { return nil }
    return fields?.cursor
  }
}

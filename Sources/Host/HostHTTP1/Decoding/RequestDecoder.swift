// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Reads the requests of a connection, one behind the other.
///
/// It does not own the bytes: the caller keeps what has arrived in one buffer and hands it in; heads and bodies are
/// slices of it. A refusal is final.
package struct RequestDecoder: Sendable {
  package enum Event {
    case head(RequestHead)
    case body(ByteBuffer)
    /// The request is over; the next call reads the next one.
    case end(Trailers)
  }

  private enum State {
    case head(HeadScanner)
    case fixed(remaining: Int)
    case chunked(ChunkedDecoder)
    case ended
    case refused(HTTPRefusal)
  }

  private var state = State.head(HeadScanner())
  private var skippedEmptyLine = false
  private let limits: HeadLimits

  package init(limits: HeadLimits = HeadLimits()) { self.limits = limits }

  /// Whether the connection is between two requests.
  package var isIdle: Bool {
    if case .head = state { return true }
    return false
  }

  /// The next event, or nil when more bytes are needed.
  package mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Event? {
    do throws(HTTPRefusal) {
      return try read(&buffer)
    } catch {
      state = .refused(error)
      throw error
    }
  }

  private mutating func read(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Event? {
    switch state {
    case .head(var scanner):
      guard let head = try readHead(&buffer, &scanner) else {
        if case .head = state { state = .head(scanner) }
        return nil
      }
      switch head.framing {
      case .none, .untilClose, .length(0): state = .ended
      case .length(let length): state = .fixed(remaining: length)
      case .chunked: state = .chunked(ChunkedDecoder(limits: limits))
      }
      return .head(head)
    case .fixed(let remaining):
      guard let slice = buffer.readSlice(length: min(remaining, buffer.readableBytes)),
        slice.readableBytes > 0
      else { return nil }
      let rest = remaining - slice.readableBytes
      state = rest == 0 ? .ended : .fixed(remaining: rest)
      return .body(slice)
    case .chunked(var decoder):
      let part = try decoder.next(&buffer)
      state = .chunked(decoder)
      switch part {
      case nil: return nil
      case .data(let bytes): return .body(bytes)
      case .end(let trailers):
        startOver()
        return .end(trailers)
      }
    case .ended:
      startOver()
      return .end(Trailers())
    case .refused(let refusal): throw refusal
    }
  }

  private mutating func startOver() {
    state = .head(HeadScanner())
    skippedEmptyLine = false
  }

  private mutating func readHead(
    _ buffer: inout ByteBuffer, _ scanner: inout HeadScanner
  ) throws(HTTPRefusal) -> RequestHead? {
    guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return nil }
    if !first.isToken {
      guard first == 0x0D, !skippedEmptyLine else { throw first == 0x0A ? .bareLineFeed : .badStart }
      // One empty line before a request is forgiven (RFC 9112, 2.2).
      guard let second = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt8.self) else {
        return nil
      }
      guard second == 0x0A else { throw .bareCarriageReturn }
      buffer.moveReaderIndex(forwardBy: 2)
      skippedEmptyLine = true
      return try readHead(&buffer, &scanner)
    }
    let end = try buffer.withUnsafeReadableBytesTyped { bytes throws(HTTPRefusal) in
      try scanner.end(in: bytes)
    }
    guard let end else {
      guard buffer.readableBytes <= limits.head else {
        throw scanner.isAtStart ? .targetTooLong : .headTooLarge
      }
      return nil
    }
    guard end <= limits.head, let head = buffer.readSlice(length: end) else { throw .headTooLarge }
    return try RequestHead(parsing: head, limits: limits)
  }
}

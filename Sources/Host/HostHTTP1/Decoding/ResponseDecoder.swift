// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Reads the responses of an upstream connection, one for each request that was sent.
package struct ResponseDecoder: Sendable {
  package enum Event {
    /// 1xx: the response itself is still to come.
    case informational(ResponseHead)
    case head(ResponseHead)
    case body(ByteBuffer)
    /// The response is over. `reusable`: the connection can carry another request.
    case end(Trailers, reusable: Bool)
  }

  private enum State {
    /// No request is under way: whatever comes is too much.
    case idle
    case head(HeadScanner, toHead: Bool)
    case fixed(remaining: Int, keepsAlive: Bool)
    case chunked(ChunkedDecoder, keepsAlive: Bool)
    case untilClose
    case ended(keepsAlive: Bool)
    case refused(HTTPRefusal)
  }

  private var state = State.idle
  private let limits: HeadLimits

  package init(limits: HeadLimits = HeadLimits()) { self.limits = limits }

  /// A request was sent; its response is awaited.
  package mutating func requestSent(isHead: Bool) {
    precondition(isIdle, "one request of a connection at a time")
    state = .head(HeadScanner(), toHead: isHead)
  }

  /// Whether no response is under way.
  package var isIdle: Bool {
    if case .idle = state { return true }
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

  /// The upstream closed the connection. Answers with the end of a response that ends so; nil when none was under way.
  package mutating func endOfFile() throws(HTTPRefusal) -> Event? {
    switch state {
    case .idle: return nil
    case .untilClose, .ended:
      state = .idle
      return .end(Trailers(), reusable: false)
    case .head, .fixed, .chunked:
      state = .refused(.truncated)
      throw .truncated
    case .refused(let refusal): throw refusal
    }
  }

  private mutating func read(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Event? {
    switch state {
    case .idle:
      guard buffer.readableBytes == 0 else { throw .surplus }
      return nil
    case .head(var scanner, let toHead):
      guard let head = try readHead(&buffer, &scanner, toHead: toHead) else {
        state = .head(scanner, toHead: toHead)
        return nil
      }
      return try begin(head, toHead: toHead)
    case .fixed(let remaining, let keepsAlive):
      guard let slice = buffer.readSlice(length: min(remaining, buffer.readableBytes)),
        slice.readableBytes > 0
      else { return nil }
      let rest = remaining - slice.readableBytes
      state =
        rest == 0 ? .ended(keepsAlive: keepsAlive) : .fixed(remaining: rest, keepsAlive: keepsAlive)
      return .body(slice)
    case .chunked(var decoder, let keepsAlive):
      let part = try decoder.next(&buffer)
      state = .chunked(decoder, keepsAlive: keepsAlive)
      switch part {
      case nil: return nil
      case .data(let bytes): return .body(bytes)
      case .end(let trailers): return finish(trailers, keepsAlive, &buffer)
      }
    case .untilClose:
      guard buffer.readableBytes > 0 else { return nil }
      return buffer.readSlice(length: buffer.readableBytes).map { .body($0) }
    case .ended(let keepsAlive):
      return finish(Trailers(), keepsAlive, &buffer)
    case .refused(let refusal): throw refusal
    }
  }

  /// Bytes behind the end belong to nobody: the connection is not used again, and they are not read.
  private mutating func finish(
    _ trailers: Trailers, _ keepsAlive: Bool, _ buffer: inout ByteBuffer
  ) -> Event {
    let hasSurplus = buffer.readableBytes > 0
    if hasSurplus { buffer.clear() }
    state = .idle
    return .end(trailers, reusable: keepsAlive && !hasSurplus)
  }

  private mutating func begin(
    _ head: ResponseHead, toHead: Bool
  ) throws(HTTPRefusal) -> Event {
    guard head.status != 101 else { throw .switchingProtocols }
    if head.isInformational {
      state = .head(HeadScanner(), toHead: toHead)
      return .informational(head)
    }
    switch head.framing {
    case .none, .length(0): state = .ended(keepsAlive: head.keepsAlive)
    case .length(let length): state = .fixed(remaining: length, keepsAlive: head.keepsAlive)
    case .chunked: state = .chunked(ChunkedDecoder(limits: limits), keepsAlive: head.keepsAlive)
    case .untilClose: state = .untilClose
    }
    return .head(head)
  }

  private mutating func readHead(
    _ buffer: inout ByteBuffer, _ scanner: inout HeadScanner, toHead: Bool
  ) throws(HTTPRefusal) -> ResponseHead? {
    guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return nil }
    guard first == UInt8(ascii: "H") else { throw .badStart }
    let end = try buffer.withUnsafeReadableBytesTyped { bytes throws(HTTPRefusal) in
      try scanner.end(in: bytes)
    }
    guard let end else {
      guard buffer.readableBytes <= limits.head else { throw .headTooLarge }
      return nil
    }
    guard end <= limits.head, let head = buffer.readSlice(length: end) else { throw .headTooLarge }
    return try ResponseHead(parsing: head, toHead: toHead, limits: limits)
  }
}

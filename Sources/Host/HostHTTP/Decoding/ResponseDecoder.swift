// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Reads the responses of an upstream connection, one for each request that was sent.
///
/// It does not own the bytes: the caller keeps what has arrived and was not read in one buffer, adds to its end, and
/// hands it in. A refusal is final, and the connection with it.
package struct ResponseDecoder: Sendable {
  /// What was read.
  package enum Event {
    /// 1xx: the response itself is still to come; but with 101 HTTP is over, and what follows is not the decoder's.
    case informational(ResponseHead)
    case head(ResponseHead)
    case body(ByteBuffer)
    /// The response is over. `reusable`: the connection can carry another request. When bytes follow that nobody asked
    /// for it cannot, and the next call refuses them.
    case end(Trailers, reusable: Bool)
  }

  private enum State {
    /// No request is under way: whatever comes is too much.
    case idle
    case head(toHead: Bool, upgrades: Bool)
    case body(keepsAlive: Bool)
    case closed
    case refused(HTTPRefusal)
  }

  private var state = State.idle
  // Outside of the state, so that what they hold grows in place.
  private var line = StatusLine()
  private var fields: FieldParser?
  private var body: BodyDecoder
  private let limits: HeadLimits

  package init(limits: HeadLimits = HeadLimits()) {
    self.limits = limits
    body = BodyDecoder(.none, limits: limits)
  }

  /// A request was sent; its response is awaited.
  ///
  /// - Parameters:
  ///   - isHead: its method is HEAD, so that the response has no body whatever it says.
  ///   - upgrades: it asks for another protocol, so that the response may be 101.
  package mutating func requestSent(isHead: Bool, upgrades: Bool = false) {
    precondition(isIdle, "one request of a connection at a time")
    state = .head(toHead: isHead, upgrades: upgrades)
  }

  /// Whether no response is under way and another request may be sent.
  package var isIdle: Bool {
    if case .idle = state { return true }
    return false
  }

  /// The next event, or nil when more bytes are needed.
  package mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Event? {
    do throws(HTTPRefusal) {
      switch state {
      case .idle, .closed:
        guard buffer.readableBytes == 0 else { throw .surplus }
        return nil
      case .head(let toHead, let upgrades):
        return try readHead(&buffer, toHead: toHead, upgrades: upgrades)
      case .body(let keepsAlive): return try readBody(&buffer, keepsAlive: keepsAlive)
      case .refused(let refusal): throw refusal
      }
    } catch {
      state = .refused(error)
      throw error
    }
  }

  /// The upstream closed the connection, and `next` has nothing more. Answers with the end of a response that ends so;
  /// nil when none was under way.
  ///
  /// - Throws: `truncated` when the response was to go on.
  package mutating func endOfFile() throws(HTTPRefusal) -> Event? {
    switch state {
    case .idle, .closed:
      state = .closed
      return nil
    case .body where body.endsWithConnection:
      state = .closed
      return .end(Trailers(), reusable: false)
    case .head, .body:
      state = .refused(.truncated)
      throw .truncated
    case .refused(let refusal): throw refusal
    }
  }

  private mutating func readBody(
    _ buffer: inout ByteBuffer, keepsAlive: Bool
  ) throws(HTTPRefusal) -> Event? {
    switch try body.next(&buffer) {
    case nil: return nil
    case .data(let bytes): return .body(bytes)
    case .end(let trailers):
      let reusable = keepsAlive && buffer.readableBytes == 0
      state = reusable ? .idle : .closed
      return .end(trailers, reusable: reusable)
    }
  }

  private mutating func readHead(
    _ buffer: inout ByteBuffer, toHead: Bool, upgrades: Bool
  ) throws(HTTPRefusal) -> Event? {
    let present = min(buffer.readableBytes, limits.head)
    guard let length = try parse(buffer.readableBytesSpan.extracting(first: present)) else {
      guard present < limits.head else { throw .headTooLarge }
      return nil
    }
    guard let bytes = buffer.readSlice(length: length) else { return nil }
    let head = try ResponseHead(
      bytes: bytes, line: line, table: fields?.table ?? [], toHead: toHead)
    line = StatusLine()
    fields = nil
    if head.status == 101 {
      // An answer to a question that was not asked is not for us.
      guard upgrades else { throw .switchingProtocols }
      state = .closed
      return .informational(head)
    }
    guard !head.isInformational else { return .informational(head) }
    body = BodyDecoder(head.framing, limits: limits)
    state = .body(keepsAlive: head.keepsAlive)
    return .head(head)
  }

  /// The length of the head, when all of it is there.
  @inline(__always)
  private mutating func parse(_ head: RawSpan) throws(HTTPRefusal) -> Int? {
    if fields == nil {
      guard try line.parse(head) else { return nil }
      fields = FieldParser(from: line.cursor, limit: limits.fields)
    }
    guard try fields?.parse(head) == true else { return nil }
    return fields?.cursor
  }
}

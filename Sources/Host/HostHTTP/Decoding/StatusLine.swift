// SPDX-License-Identifier: Apache-2.0

/// `HTTP-version SP status-code SP [ reason-phrase ] CRLF` (RFC 9112, 4), read as it arrives.
struct StatusLine: Sendable {
  private enum Step: UInt8 { case start, reason, lineEnd, over }

  /// What is in front of it was read.
  private(set) var cursor = 0
  private var step = Step.start
  private(set) var version = HTTPVersion.http11
  private(set) var status = 0
  private(set) var reason = 0..<0

  /// Whether the whole line is there; `cursor` is then behind it.
  mutating func parse(_ head: RawSpan) throws(HTTPRefusal) -> Bool {
    if step == .start {
      guard try parseStart(head) else { return false }
      cursor = 12
      step = .reason
    }
    if step == .reason {
      if cursor < 13 {
        guard head.byteCount > 12 else { return false }
        // The space in front of an empty reason is often left out, and means nothing.
        if head[at: 12] == .space { cursor = 13 }
      }
      if cursor >= 13 {
        cursor = head.endOfFieldValue(from: cursor)
        guard cursor < head.byteCount else { return false }
        reason = 13..<cursor
      }
      guard head[at: cursor] == .carriageReturn else {
        throw head[at: cursor] == .lineFeed ? .bareLineFeed : .badStatusLine
      }
      cursor += 1
      step = .lineEnd
    }
    if step == .lineEnd {
      guard cursor < head.byteCount else { return false }
      guard head[at: cursor] == .lineFeed else { throw .bareCarriageReturn }
      cursor += 1
      step = .over
    }
    return true
  }

  /// `HTTP/1.1 200`; false when not all of it is there.
  private mutating func parseStart(_ head: RawSpan) throws(HTTPRefusal) -> Bool {
    let template: StaticString = "HTTP/?.? ???"
    let present = min(head.byteCount, 12)
    for offset in 0..<present {
      let byte = head[at: offset]
      switch offset {
      case 5, 7: guard byte.isDigit else { throw .badStatusLine }
      case 9, 10, 11: guard byte.isDigit else { throw .badStatusLine }
      default: guard byte == template.utf8Start[offset] else { throw .badStatusLine }
      }
      if offset == 7 {
        guard head[at: 5] == UInt8(ascii: "1"), byte < UInt8(ascii: "2") else {
          throw .unsupportedVersion
        }
      }
    }
    guard present == 12 else { return false }
    version = head[at: 7] == UInt8(ascii: "1") ? .http11 : .http10
    status =
      Int(head[at: 9] &- 0x30) * 100 + Int(head[at: 10] &- 0x30) * 10 + Int(head[at: 11] &- 0x30)
    guard (100...599).contains(status) else { throw .badStatusLine }
    return true
  }
}

// SPDX-License-Identifier: Apache-2.0

/// `method SP request-target SP HTTP-version CRLF` (RFC 9112, 3), read as it arrives.
struct RequestLine: Sendable {
  private enum Step: UInt8 { case method, target, version, over }

  /// What is in front of it was read.
  private(set) var cursor = 0
  private var step = Step.method
  private(set) var method = HTTPMethod.other
  private(set) var methodLength = 0
  private(set) var version = HTTPVersion.http11
  /// The target as it came.
  private(set) var target = 0..<0
  /// The authority of an absolute-form; empty in the other forms.
  private(set) var authority = 0..<0
  /// Path and query, as an origin-form has them; the path may be empty in an absolute-form.
  private(set) var origin = 0..<0
  /// Where the question mark is, or the end of the target.
  private(set) var query = 0

  /// Whether the whole line is there; `cursor` is then behind it.
  mutating func parse(
    _ head: RawSpan, targetLimit: Int
  ) throws(HTTPRefusal) -> Bool {
    if step == .method {
      guard try parseMethod(head) else { return false }
      step = .target
    }
    if step == .target {
      guard try parseTarget(head, limit: targetLimit) else { return false }
      step = .version
    }
    if step == .version {
      guard let version = try readVersion(head) else { return false }
      self.version = version
      cursor += 10
      step = .over
      try resolveTarget(head)
    }
    return true
  }

  private mutating func parseMethod(_ head: RawSpan) throws(HTTPRefusal) -> Bool {
    var index = cursor
    while index < head.byteCount, head[at: index].isToken { index &+= 1 }
    cursor = index
    guard index <= HeadLimits.method else { throw .methodTooLong }
    guard index < head.byteCount else { return false }
    switch head[at: index] {
    case .space where index > 0: break
    case .lineFeed: throw .bareLineFeed
    case .carriageReturn where index > 0: throw .badRequestLine
    default: throw .badMethod
    }
    methodLength = index
    method = HTTPMethod(head.extracting(0..<index))
    guard method != .connect else { throw .connectMethod }
    cursor = index + 1
    query = -1
    return true
  }

  private mutating func parseTarget(
    _ head: RawSpan, limit: Int
  ) throws(HTTPRefusal) -> Bool {
    let start = methodLength + 1
    var index = cursor
    while index < head.byteCount {
      let byte = head[at: index]
      guard byte.isTarget, byte != UInt8(ascii: "#") else { break }
      if byte == UInt8(ascii: "?"), query < 0 { query = index }
      index &+= 1
    }
    cursor = index
    guard index - start <= limit else { throw .targetTooLong }
    guard index < head.byteCount else { return false }
    switch head[at: index] {
    case .space where index > start: break
    case .lineFeed: throw .bareLineFeed
    // No version: HTTP/0.9.
    case .carriageReturn, .space, .tab: throw .badRequestLine
    default: throw .badTarget
    }
    target = start..<index
    if query < 0 { query = index }
    cursor = index + 1
    return true
  }

  /// `HTTP/1.1` or `HTTP/1.0` and the line's end; nil when not all of it is there.
  private func readVersion(_ head: RawSpan) throws(HTTPRefusal) -> HTTPVersion? {
    let template: StaticString = "HTTP/?.?"
    let present = min(head.byteCount - cursor, 10)
    for offset in 0..<present {
      let byte = head[at: cursor + offset]
      switch offset {
      case 5, 7:
        guard byte.isDigit else { throw byte == .lineFeed ? .bareLineFeed : .badVersion }
      case 8:
        // RFC 9112, 2.3 would have a later minor version of 1 read as 1.1; there is none, and 2.0 has another preface.
        let minor = head[at: cursor + 7]
        guard head[at: cursor + 5] == UInt8(ascii: "1"),
          minor == UInt8(ascii: "0") || minor == UInt8(ascii: "1")
        else { throw .unsupportedVersion }
        guard byte == .carriageReturn else {
          throw byte == .lineFeed ? .bareLineFeed : .badRequestLine
        }
      case 9:
        guard byte == .lineFeed else { throw .bareCarriageReturn }
      default:
        guard byte == template.utf8Start[offset] else {
          throw byte == .lineFeed ? .bareLineFeed : .badVersion
        }
      }
    }
    guard present == 10 else { return nil }
    return head[at: cursor + 7] == UInt8(ascii: "1") ? .http11 : .http10
  }

  private mutating func resolveTarget(_ head: RawSpan) throws(HTTPRefusal) {
    switch head[at: target.lowerBound] {
    case UInt8(ascii: "/"): origin = target
    case UInt8(ascii: "*"):
      guard target.count == 1, method == .options else { throw .badTarget }
      origin = target
    default: try resolveAbsoluteForm(head)
    }
  }

  /// `http://authority/path`: the authority is the host, whatever Host says (RFC 9112, 3.2.2).
  private mutating func resolveAbsoluteForm(_ head: RawSpan) throws(HTTPRefusal) {
    let start = target.lowerBound
    let scheme: Int
    if target.count > 7, head.extracting(start..<start + 7).equals(lowercase: "http://") {
      scheme = 7
    } else if target.count > 8, head.extracting(start..<start + 8).equals(lowercase: "https://") {
      scheme = 8
    } else {
      throw .badTarget
    }
    var end = start + scheme
    while end < query, head[at: end] != UInt8(ascii: "/") { end &+= 1 }
    authority = start + scheme..<end
    // No user information (RFC 9110, 4.2.4) and no empty host (RFC 9110, 4.2.1).
    guard Authority.isValid(head.extracting(authority)),
      head[at: start + scheme] != UInt8(ascii: ":"),
      !authority.isEmpty
    else { throw .badTarget }
    origin = end..<target.upperBound
  }
}

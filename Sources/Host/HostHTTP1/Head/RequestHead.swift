// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A request's head: its bytes as they came, and where things lie in them.
package struct RequestHead: Sendable {
  package let fields: HeaderFields
  private let methodLength: UInt16
  /// Of the origin-form inside of the target: the path with its query.
  private let pathStart: UInt32
  private let pathLength: UInt32
  /// Of the path alone.
  private let queryStart: UInt32
  private let authorityStart: UInt32
  private let authorityLength: UInt32
  package let framing: BodyFraming
  /// HTTP/1.0, which knows no chunks and closes by default.
  package let isOldVersion: Bool
  /// Whether the client wants to use the connection again.
  package let keepsAlive: Bool
  /// The client waits for a 100 before it sends the body.
  package let expectsContinue: Bool
  /// The client offers another protocol, which is ignored (RFC 9110, 7.8).
  package let wantsUpgrade: Bool
  package let isHead: Bool

  /// Whether a body follows.
  package var hasBody: Bool {
    switch framing {
    case .none, .untilClose: false
    case .length(let length): length > 0
    case .chunked: true
    }
  }

  /// Bytes of the head as it came.
  package var byteCount: Int { fields.bytes.readableBytes }

  @inline(__always)
  package func withMethod<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    with(0, UInt32(methodLength), body)
  }

  /// The path with its query, as the client sent it.
  @inline(__always)
  package func withTarget<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    with(pathStart, pathLength, body)
  }

  /// The path without its query.
  @inline(__always)
  package func withPath<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    with(pathStart, queryStart - pathStart, body)
  }

  /// The query without its question mark; empty when there is none.
  @inline(__always)
  package func withQuery<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let end = pathStart + pathLength
    let start = min(queryStart + 1, end)
    return with(start, end - start, body)
  }

  /// Host and port as the client named them; empty in HTTP/1.0 without Host.
  @inline(__always)
  package func withAuthority<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    with(authorityStart, authorityLength, body)
  }

  @inline(__always)
  private func with<Result>(
    _ start: UInt32, _ length: UInt32, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    fields.bytes.withUnsafeReadableBytes {
      body(UnsafeRawBufferPointer(rebasing: $0[Int(start)..<Int(start) + Int(length)]))
    }
  }
}

extension RequestHead {
  /// Parses a whole head, every line of which ends with CRLF.
  init(parsing bytes: ByteBuffer, limits: HeadLimits) throws(HTTPRefusal) {
    let line = try bytes.withUnsafeReadableBytesTyped { head throws(HTTPRefusal) in
      try RequestLine(parsing: head, limits: limits)
    }
    let table = try bytes.withUnsafeReadableBytesTyped { head throws(HTTPRefusal) in
      try FieldParser(limits: limits).parse(head, from: line.end)
    }
    var fields = HeaderFields(bytes: bytes, table: table)
    let summary = try FieldSummary(of: fields, isOldVersion: line.isOldVersion)
    if summary.hasConnection { fields.markConnectionOptions() }
    var authority = line.authority
    if authority.isEmpty { authority = summary.host ?? 0..<0 }
    self.fields = fields
    methodLength = UInt16(truncatingIfNeeded: line.methodLength)
    pathStart = UInt32(truncatingIfNeeded: line.path.lowerBound)
    pathLength = UInt32(truncatingIfNeeded: line.path.count)
    queryStart = UInt32(truncatingIfNeeded: line.query)
    authorityStart = UInt32(truncatingIfNeeded: authority.lowerBound)
    authorityLength = UInt32(truncatingIfNeeded: authority.count)
    framing = try fields.declaredFraming(isOldVersion: line.isOldVersion) ?? .none
    isOldVersion = line.isOldVersion
    keepsAlive = line.isOldVersion ? summary.asksKeepAlive && !summary.asksClose : !summary.asksClose
    expectsContinue = summary.expectsContinue && !line.isOldVersion
    wantsUpgrade = summary.wantsUpgrade
    isHead = line.isHead
  }
}

/// What the fields of a request say about the connection.
private struct FieldSummary {
  var host: Range<Int>?
  var hasConnection = false
  var asksClose = false
  var asksKeepAlive = false
  var expectsContinue = false
  var wantsUpgrade = false

  init(of fields: HeaderFields, isOldVersion: Bool) throws(HTTPRefusal) {
    var refusal: HTTPRefusal?
    fields.forEach { field, _, value in
      switch field.known {
      case .host:
        if host != nil { refusal = refusal ?? .duplicateHost }
        let start = Int(field.valueStart)
        host = start..<start + value.count
        if !Self.isAuthority(value) { refusal = refusal ?? .badHost }
      case .connection:
        hasConnection = true
        value.forEachListElement { option in
          if option.equals(lowercase: "close") { asksClose = true }
          if option.equals(lowercase: "keep-alive") { asksKeepAlive = true }
        }
      case .expect:
        if value.equals(lowercase: "100-continue") {
          expectsContinue = true
        } else {
          refusal = refusal ?? .badExpectation
        }
      case .upgrade: wantsUpgrade = true
      default: break
      }
    }
    if let refusal { throw refusal }
    if host == nil, !isOldVersion { throw .missingHost }
  }

  /// `uri-host [ ":" port ]` of RFC 3986 by its characters; empty is allowed (RFC 9112, 3.2).
  static func isAuthority(_ value: UnsafeRawBufferPointer) -> Bool {
    var inBrackets = false
    var portStart: Int?
    for (index, byte) in value.enumerated() {
      switch byte {
      case UInt8(ascii: "["):
        guard index == 0 else { return false }
        inBrackets = true
      case UInt8(ascii: "]"):
        guard inBrackets else { return false }
        inBrackets = false
      case UInt8(ascii: ":"):
        if inBrackets { continue }
        guard portStart == nil else { return false }
        portStart = index + 1
      case UInt8(ascii: "@"), UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"),
        UInt8(ascii: ","), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"),
        UInt8(ascii: ">"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{"),
        UInt8(ascii: "|"), UInt8(ascii: "}"):
        return false
      default:
        guard byte.isTarget else { return false }
        if portStart != nil, !byte.isDigit { return false }
      }
    }
    guard !inBrackets else { return false }
    return portStart.map { value.count - $0 <= 5 } ?? true
  }
}

/// `method SP request-target SP HTTP-version CRLF`
private struct RequestLine {
  var methodLength: Int
  var path: Range<Int>
  /// Where the question mark is, or the end of the path.
  var query: Int
  var authority: Range<Int>
  var isOldVersion: Bool
  var isHead: Bool
  /// Where the fields begin.
  var end: Int

  init(parsing head: UnsafeRawBufferPointer, limits: HeadLimits) throws(HTTPRefusal) {
    var index = 0
    while head[index].isToken { index &+= 1 }
    guard index > 0, head[index] == 0x20, index < 64 else { throw .badMethod }
    methodLength = index
    let method = UnsafeRawBufferPointer(rebasing: head[0..<index])
    isHead = method.elementsEqual("HEAD".utf8)
    let start = index + 1
    index = start
    var query: Int?
    while head[index].isTarget {
      if query == nil, head[index] == UInt8(ascii: "?") { query = index }
      guard head[index] != UInt8(ascii: "#") else { throw .badTarget }
      index &+= 1
    }
    guard index > start else { throw .badRequestLine }
    guard index - start <= limits.target else { throw .targetTooLong }
    guard head[index] == 0x20 else {
      // Control characters and bytes above ASCII are bad in a target; its line end means that the version is missing.
      throw head[index] == 0x0D && head[index + 1] == 0x0A ? .badRequestLine : .badTarget
    }
    isOldVersion = try Self.version(head, at: index + 1)
    end = index + 11
    path = start..<index
    self.query = query ?? index
    authority = 0..<0
    try readTarget(head, method)
  }

  /// `HTTP/1.1` or `HTTP/1.0` and the line's end; true for the latter.
  private static func version(
    _ head: UnsafeRawBufferPointer, at start: Int
  ) throws(HTTPRefusal) -> Bool {
    var index = start
    for byte in "HTTP/".utf8 {
      guard head[index] == byte else { throw .badVersion }
      index &+= 1
    }
    guard head[index].isDigit, head[index + 1] == UInt8(ascii: "."), head[index + 2].isDigit,
      head[index + 3] == 0x0D, head[index + 4] == 0x0A
    else { throw .badVersion }
    guard head[index] == UInt8(ascii: "1") else { throw .unsupportedVersion }
    switch head[index + 2] {
    case UInt8(ascii: "1"): return false
    case UInt8(ascii: "0"): return true
    // RFC 9112, 2.3: a minor version above ours is read as ours; none was ever specified, so it is refused.
    default: throw .unsupportedVersion
    }
  }

  private mutating func readTarget(
    _ head: UnsafeRawBufferPointer, _ method: UnsafeRawBufferPointer
  ) throws(HTTPRefusal) {
    let target = UnsafeRawBufferPointer(rebasing: head[path])
    if method.elementsEqual("CONNECT".utf8) { throw .connectMethod }
    switch target[0] {
    case UInt8(ascii: "/"): return
    case UInt8(ascii: "*"):
      guard target.count == 1, method.elementsEqual("OPTIONS".utf8) else { throw .badTarget }
    default:
      try readAbsoluteForm(target, head)
    }
  }

  /// `http://authority/path`: the authority is the host, whatever Host says (RFC 9112, 3.2.2).
  private mutating func readAbsoluteForm(
    _ target: UnsafeRawBufferPointer, _ head: UnsafeRawBufferPointer
  ) throws(HTTPRefusal) {
    let schemeLength: Int
    if target.count > 7,
      UnsafeRawBufferPointer(rebasing: target[..<7]).equals(lowercase: "http://")
    {
      schemeLength = 7
    } else if target.count > 8,
      UnsafeRawBufferPointer(rebasing: target[..<8]).equals(lowercase: "https://")
    {
      schemeLength = 8
    } else {
      throw .badTarget
    }
    var end = schemeLength
    while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") {
      end += 1
    }
    let name = UnsafeRawBufferPointer(rebasing: target[schemeLength..<end])
    guard !name.isEmpty, FieldSummary.isAuthority(name) else { throw .badTarget }
    // Without a path there is nothing to point at for it; such a target is not sent by clients to a gateway.
    guard end < target.count, target[end] == UInt8(ascii: "/") else { throw .badTarget }
    authority = path.lowerBound + schemeLength..<path.lowerBound + end
    path = path.lowerBound + end..<path.upperBound
  }
}

extension ByteBuffer {
  /// `withUnsafeReadableBytes` that keeps the type of what is thrown.
  @inline(__always)
  func withUnsafeReadableBytesTyped<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let result: Swift.Result<Result, Failure> = withUnsafeReadableBytes { bytes in
      do throws(Failure) {
        return .success(try body(bytes))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}

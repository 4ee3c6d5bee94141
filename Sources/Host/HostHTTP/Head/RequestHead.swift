// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A request's head: its bytes as they came, and where things lie in them.
package struct RequestHead: Sendable {
  package let fields: HeaderFields
  package let method: HTTPMethod
  package let version: HTTPVersion
  package let framing: BodyFraming
  /// Whether the client wants to use the connection again.
  package let keepsAlive: Bool
  /// The client waits for a 100 before it sends the body (RFC 9110, 10.1.1).
  package let expectsContinue: Bool
  /// The target names its host itself, and Host is not meant (RFC 9112, 3.2.2).
  package let hasAbsoluteTarget: Bool
  private let methodLength: UInt32
  private let targetStart: UInt32
  private let targetEnd: UInt32
  private let originStart: UInt32
  private let queryStart: UInt32
  private let authorityStart: UInt32
  private let authorityEnd: UInt32

  /// - Parameters:
  ///   - bytes: the whole head.
  ///   - line: its first line, read from these bytes.
  ///   - table: its fields, read from these bytes.
  init(bytes: ByteBuffer, line: RequestLine, table: [HeaderField]) throws(HTTPRefusal) {
    var table = table
    let span = bytes.readableBytesSpan
    let summary = try FieldSummary(
      of: table, in: span, version: line.version, isRequest: true)
    guard summary.host != nil || line.version == .http10 else { throw .missingHost }
    if summary.hasConnectionOptions { try table.markConnectionOptions(in: span) }
    let isAbsolute = !line.authority.isEmpty
    if isAbsolute {
      for index in table.indices where table[index].known == .host {
        table[index].isHopByHop = true
      }
    }
    let authority = isAbsolute ? line.authority : summary.host ?? 0..<0
    fields = HeaderFields(bytes: bytes, table: table)
    method = line.method
    version = line.version
    framing = summary.framing ?? .none
    keepsAlive = summary.keepsAlive(line.version)
    // Without a body there is nothing to wait for, and HTTP/1.0 does not know it.
    expectsContinue = summary.expectsContinue && framing.hasBody && line.version == .http11
    hasAbsoluteTarget = isAbsolute
    methodLength = UInt32(line.methodLength)
    targetStart = UInt32(line.target.lowerBound)
    targetEnd = UInt32(line.target.upperBound)
    originStart = UInt32(line.origin.lowerBound)
    queryStart = UInt32(line.query)
    authorityStart = UInt32(authority.lowerBound)
    authorityEnd = UInt32(authority.upperBound)
  }
}

extension RequestHead {
  package var isHead: Bool { method == .head }

  /// HTTP/1.0, which knows no chunks and closes by default.
  package var isOldVersion: Bool { version == .http10 }

  /// Whether a body follows.
  package var hasBody: Bool { framing.hasBody }

  /// Whether the target has a question mark.
  package var hasQuery: Bool { queryStart < targetEnd }

  /// Bytes of the head as it came.
  package var byteCount: Int { fields.bytes.readableBytes }

  @inline(__always)
  package func withMethod<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    with(0, methodLength, body)
  }

  /// The target in the form in which it came.
  @inline(__always)
  package func withRawTarget<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    with(targetStart, targetEnd, body)
  }

  /// The path with its query as an origin-form has them; `*` of OPTIONS stays.
  package func withTarget<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    guard originStart == queryStart else { return with(originStart, targetEnd, body) }
    // An absolute-form without a path: it is "/", but for OPTIONS "*" (RFC 9112, 3.2.4).
    guard queryStart < targetEnd else { return Self.emptyPath(method, body) }
    return withUnsafeTemporaryAllocation(
      byteCount: Int(targetEnd - queryStart) + 1, alignment: 1
    ) { copy in
      copy[0] = UInt8(ascii: "/")
      with(queryStart, targetEnd) {
        UnsafeMutableRawBufferPointer(rebasing: copy[1...]).copyMemory(from: $0)
      }
      return body(UnsafeRawBufferPointer(copy))
    }
  }

  /// The path without its query.
  package func withPath<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    guard originStart == queryStart else { return with(originStart, queryStart, body) }
    return Self.emptyPath(queryStart == targetEnd ? method : .get, body)
  }

  /// The query without its question mark; empty when there is none.
  @inline(__always)
  package func withQuery<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    with(min(queryStart + 1, targetEnd), targetEnd, body)
  }

  /// Host and port as the client named them: of the target where that has them, else of Host. Empty in HTTP/1.0 without
  /// Host, and where Host is empty.
  @inline(__always)
  package func withAuthority<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    with(authorityStart, authorityEnd, body)
  }

  @inline(__always)
  private func with<Result>(
    _ start: UInt32, _ end: UInt32, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    fields.bytes.withUnsafeReadableBytes {
      body(UnsafeRawBufferPointer(rebasing: $0[Int(start)..<Int(end)]))
    }
  }

  private static func emptyPath<Result>(
    _ method: HTTPMethod, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let path: StaticString = method == .options ? "*" : "/"
    return body(UnsafeRawBufferPointer(start: path.utf8Start, count: path.utf8CodeUnitCount))
  }
}

// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A response's head: its bytes as they came, and where things lie in them.
package struct ResponseHead: Sendable {
  package let fields: HeaderFields
  package let status: Int
  package let framing: BodyFraming
  /// Whether the upstream lets the connection be used again.
  package let keepsAlive: Bool

  /// 1xx: more heads follow.
  package var isInformational: Bool { status < 200 }

  /// Whether a body follows.
  package var hasBody: Bool {
    switch framing {
    case .none: false
    case .length(let length): length > 0
    case .chunked, .untilClose: true
    }
  }

  /// Parses a whole head, every line of which ends with CRLF.
  ///
  /// - Parameter toHead: it answers a HEAD request, so that no body follows whatever the fields say.
  init(parsing bytes: ByteBuffer, toHead: Bool, limits: HeadLimits) throws(HTTPRefusal) {
    let line = try bytes.withUnsafeReadableBytesTyped { head throws(HTTPRefusal) in
      try StatusLine(parsing: head)
    }
    let table = try bytes.withUnsafeReadableBytesTyped { head throws(HTTPRefusal) in
      try FieldParser(limits: limits).parse(head, from: line.end)
    }
    var fields = HeaderFields(bytes: bytes, table: table)
    var asksClose = false
    var asksKeepAlive = false
    var hasConnection = false
    fields.forEach { field, _, value in
      guard field.known == .connection else { return }
      hasConnection = true
      value.forEachListElement { option in
        if option.equals(lowercase: "close") { asksClose = true }
        if option.equals(lowercase: "keep-alive") { asksKeepAlive = true }
      }
    }
    if hasConnection { fields.markConnectionOptions() }
    self.fields = fields
    status = line.status
    let declared = try fields.declaredFraming(isOldVersion: line.isOldVersion)
    if toHead || line.status < 200 || line.status == 204 || line.status == 304 {
      framing = .none
    } else {
      framing = declared ?? .untilClose
    }
    keepsAlive =
      framing != .untilClose && !asksClose && (!line.isOldVersion || asksKeepAlive)
  }
}

/// `HTTP-version SP status-code SP [ reason-phrase ] CRLF`
private struct StatusLine {
  var status: Int
  var isOldVersion: Bool
  var end: Int

  init(parsing head: UnsafeRawBufferPointer) throws(HTTPRefusal) {
    var index = 0
    for byte in "HTTP/1.".utf8 {
      guard head[index] == byte else { throw .badStatusLine }
      index += 1
    }
    switch head[index] {
    case UInt8(ascii: "1"): isOldVersion = false
    case UInt8(ascii: "0"): isOldVersion = true
    default: throw .unsupportedVersion
    }
    guard head[8] == 0x20 else { throw .badStatusLine }
    status = 0
    for index in 9..<12 {
      guard head[index].isDigit else { throw .badStatusLine }
      status = status * 10 + Int(head[index] - 0x30)
    }
    guard (100...599).contains(status) else { throw .badStatusLine }
    index = 12
    // The space before an empty reason is often left out, and means nothing.
    if head[index] == 0x20 {
      index += 1
      while head[index].isFieldValue { index += 1 }
    }
    guard head[index] == 0x0D, head[index + 1] == 0x0A else { throw .badStatusLine }
    end = index + 2
  }
}

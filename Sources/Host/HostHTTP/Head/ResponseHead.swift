// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A response's head: its bytes as they came, and where things lie in them.
package struct ResponseHead: Sendable {
  package let fields: HeaderFields
  /// 100 to 599.
  package let status: Int
  package let version: HTTPVersion
  package let framing: BodyFraming
  /// What `Content-Length` says, also where no body follows: of HEAD and 304 it tells the length that GET would have.
  package let declaredLength: Int?
  /// Whether the upstream lets the connection be used again.
  package let keepsAlive: Bool
  private let reasonStart: UInt32
  private let reasonEnd: UInt32

  /// 1xx: more heads follow.
  package var isInformational: Bool { status < 200 }

  /// Whether a body follows.
  package var hasBody: Bool { framing.hasBody }

  /// The reason phrase as it came; may be empty.
  package func withReason<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    fields.bytes.withUnsafeReadableBytes {
      body(UnsafeRawBufferPointer(rebasing: $0[Int(reasonStart)..<Int(reasonEnd)]))
    }
  }

  /// - Parameters:
  ///   - bytes: the whole head.
  ///   - line: its first line, read from these bytes.
  ///   - table: its fields, read from these bytes.
  ///   - toHead: it answers a HEAD request, so that no body follows whatever the fields say.
  init(
    bytes: ByteBuffer, line: StatusLine, table: [HeaderField], toHead: Bool
  ) throws(HTTPRefusal) {
    var table = table
    let span = bytes.readableBytesSpan
    let summary = try FieldSummary(
      of: table, in: span, version: line.version, isRequest: false)
    if summary.hasConnectionOptions { try table.markConnectionOptions(in: span) }
    fields = HeaderFields(bytes: bytes, table: table)
    status = line.status
    version = line.version
    if case .length(let length) = summary.framing {
      declaredLength = length
    } else {
      declaredLength = nil
    }
    if toHead || line.status < 200 || line.status == 204 || line.status == 304 {
      framing = .none
    } else {
      framing = summary.framing ?? .untilClose
    }
    keepsAlive = framing != .untilClose && summary.keepsAlive(line.version)
    reasonStart = UInt32(line.reason.lowerBound)
    reasonEnd = UInt32(line.reason.upperBound)
  }
}

// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// How the length of a body is told (RFC 9112, 6.3).
package enum BodyFraming: Equatable, Sendable {
  case none
  case length(Int)
  case chunked
  /// A response that ends with its connection.
  case untilClose
}

extension HeaderFields {
  /// What the fields say about the body; nil when they say nothing.
  func declaredFraming(isOldVersion: Bool) throws(HTTPRefusal) -> BodyFraming? {
    var length: Int?
    var isChunked = false
    var refusal: HTTPRefusal?
    bytes.withUnsafeReadableBytes { head in
      for field in table {
        switch field.known {
        case .contentLength:
          if length != nil { refusal = refusal ?? .duplicateLength }
          length = Self.length(field.value(in: head))
          if length == nil { refusal = refusal ?? Self.badLength(field.value(in: head)) }
        case .transferEncoding:
          let coding = field.value(in: head)
          if isChunked {
            refusal = refusal ?? .badTransferCoding
          } else if coding.equals(lowercase: "chunked") {
            isChunked = true
          } else {
            refusal = refusal ?? Self.badCoding(coding)
          }
        default: continue
        }
      }
    }
    if let refusal { throw refusal }
    guard isChunked else { return length.map { .length($0) } }
    guard length == nil else { throw .lengthWithTransferCoding }
    guard !isOldVersion else { throw .transferCodingInOldVersion }
    return .chunked
  }

  /// Digits only, and not more than fit with room to add.
  private static func length(_ value: UnsafeRawBufferPointer) -> Int? {
    guard !value.isEmpty, value.count <= 18 else { return nil }
    var length = 0
    for byte in value {
      guard byte.isDigit else { return nil }
      length = length &* 10 &+ Int(byte &- 0x30)
    }
    return length
  }

  private static func badLength(_ value: UnsafeRawBufferPointer) -> HTTPRefusal {
    value.contains(UInt8(ascii: ",")) ? .duplicateLength : .badLength
  }

  /// A coding that is well formed but not ours is 501; everything that tries to hide `chunked` is 400.
  private static func badCoding(_ value: UnsafeRawBufferPointer) -> HTTPRefusal {
    for known in ["gzip", "deflate", "compress"] as [StaticString]
    where value.equals(lowercase: known) {
      return .unsupportedTransferCoding
    }
    return .badTransferCoding
  }
}

// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Writes a head once: what stays is copied in runs as it came, edits are applied on the way, and the one field that
/// frames the body is the host's own.
package struct HeadWriter {
  /// The value of a secret by its handle; nil: there is none, and the field is left out.
  package typealias SecretValue = (String) -> [UInt8]?

  /// Writes a request for an upstream.
  ///
  /// - Parameters:
  ///   - method: in place of the head's own.
  ///   - target: path and query.
  package static func write(
    _ head: RequestHead, method: [UInt8]?, target: UnsafeRawBufferPointer, edits: HeaderEdits,
    framing: BodyFraming, secrets: SecretValue, into buffer: inout ByteBuffer
  ) {
    buffer.reserveCapacity(
      minimumWritableBytes: head.byteCount + target.count + edits.byteCount + 128)
    if let method {
      buffer.writeBytes(method)
    } else {
      head.withMethod { _ = buffer.writeBytes($0) }
    }
    buffer.writeStaticString(" ")
    buffer.writeBytes(target)
    buffer.writeStaticString(" HTTP/1.1\r\n")
    write(head.fields, edits, secrets, into: &buffer)
    write(framing, into: &buffer)
    buffer.writeStaticString("\r\n")
  }

  /// A request of the gateway's own.
  package static func request(
    method: [UInt8], target: [UInt8], edits: HeaderEdits, framing: BodyFraming,
    secrets: SecretValue
  ) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.reserveCapacity(method.count + target.count + edits.byteCount + 64)
    buffer.writeBytes(method)
    buffer.writeStaticString(" ")
    buffer.writeBytes(target)
    buffer.writeStaticString(" HTTP/1.1\r\n")
    write(HeaderFields(), edits, secrets, into: &buffer)
    write(framing, into: &buffer)
    buffer.writeStaticString("\r\n")
    return buffer
  }

  /// Writes a response for a client.
  ///
  /// - Parameters:
  ///   - fields: those of the upstream; none for a response that the gateway makes.
  ///   - framing: `.none` writes no field, as for 204, 304 and HEAD.
  ///   - length: what HEAD and 304 say of a body that they do not have.
  ///   - closes: the connection ends after this response.
  package static func write(
    status: Int, fields: HeaderFields, edits: HeaderEdits, framing: BodyFraming,
    length: Int? = nil, closes: Bool, keepsOldVersionAlive: Bool = false,
    into buffer: inout ByteBuffer
  ) {
    buffer.reserveCapacity(
      minimumWritableBytes: fields.bytes.readableBytes + edits.byteCount + 160)
    buffer.writeStaticString("HTTP/1.1 ")
    buffer.writeDecimal(status)
    buffer.writeStaticString(" ")
    buffer.writeStaticString(ReasonPhrase.of(status))
    buffer.writeStaticString("\r\n")
    write(fields, edits, { _ in nil }, into: &buffer)
    if framing == .none, let length {
      write(.length(length), into: &buffer)
    } else {
      write(framing, into: &buffer)
    }
    if closes {
      buffer.writeStaticString("Connection: close\r\n")
    } else if keepsOldVersionAlive {
      buffer.writeStaticString("Connection: keep-alive\r\n")
    }
    buffer.writeStaticString("\r\n")
  }

  private static func write(
    _ fields: HeaderFields, _ edits: HeaderEdits, _ secrets: SecretValue,
    into buffer: inout ByteBuffer
  ) {
    fields.bytes.withUnsafeReadableBytes { head in
      // Neighbours that stay are one copy.
      var runStart = 0
      var runEnd = 0
      let hasEdits = !edits.isEmpty
      for field in fields.table {
        if field.isHopByHop || (hasEdits && edits.masks(field.name(in: head))) { continue }
        let lineStart = Int(field.nameStart)
        if lineStart != runEnd {
          if runEnd > runStart {
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: head[runStart..<runEnd]))
          }
          runStart = lineStart
        }
        runEnd = Int(field.lineEnd)
      }
      if runEnd > runStart {
        buffer.writeBytes(UnsafeRawBufferPointer(rebasing: head[runStart..<runEnd]))
      }
    }
    edits.forEachAdded { name, value in
      switch value {
      case .bytes(let bytes): writeField(name, bytes, into: &buffer)
      case .secret(let handle):
        guard let secret = secrets(handle) else { return }
        secret.withUnsafeBytes { writeField(name, $0, into: &buffer) }
      }
    }
  }

  private static func writeField(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, into buffer: inout ByteBuffer
  ) {
    buffer.writeBytes(name)
    buffer.writeStaticString(": ")
    buffer.writeBytes(value)
    buffer.writeStaticString("\r\n")
  }

  private static func write(_ framing: BodyFraming, into buffer: inout ByteBuffer) {
    switch framing {
    case .none, .untilClose: break
    case .length(let length):
      buffer.writeStaticString("Content-Length: ")
      buffer.writeDecimal(length)
      buffer.writeStaticString("\r\n")
    case .chunked: buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
    }
  }
}

extension ByteBuffer {
  /// A number in decimal digits, without a String on the way.
  package mutating func writeDecimal(_ number: Int) {
    writeDigits(UInt64(number), base: 10)
  }

  /// A number in hexadecimal digits.
  package mutating func writeHexadecimal(_ number: Int) {
    writeDigits(UInt64(number), base: 16)
  }

  private mutating func writeDigits(_ number: UInt64, base: UInt64) {
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
      var rest = number
      var start = 20
      repeat {
        start -= 1
        let digit = UInt8(truncatingIfNeeded: rest % base)
        digits[start] = digit < 10 ? digit + 0x30 : digit + 0x57
        rest /= base
      } while rest > 0
      _ = writeBytes(UnsafeRawBufferPointer(rebasing: digits[start...]))
    }
  }
}

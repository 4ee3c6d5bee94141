// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Chunks for a body whose length is not known (RFC 9112, 7.1).
package enum ChunkWriter {
  /// The line in front of a chunk's data. A chunk has at least one byte; zero would end the body.
  package static func writeStart(of length: Int, into buffer: inout ByteBuffer) {
    precondition(length > 0, "an empty chunk ends the body")
    buffer.writeHexadecimal(length)
    buffer.writeStaticString("\r\n")
  }

  /// What follows a chunk's data.
  package static func writeEnd(into buffer: inout ByteBuffer) {
    buffer.writeStaticString("\r\n")
  }

  /// The end of the body, with the trailers that the source sent.
  package static func writeLast(_ trailers: Trailers = Trailers(), into buffer: inout ByteBuffer) {
    buffer.writeStaticString("0\r\n")
    if trailers.count > 0 {
      // A trailer section is field lines and the empty line, as it came.
      buffer.writeImmutableBuffer(trailers.bytes)
    } else {
      buffer.writeStaticString("\r\n")
    }
  }
}

extension ByteBuffer {
  /// A number that is not negative in decimal digits, without a String on the way.
  package mutating func writeDecimal(_ number: Int) { writeDigits(UInt64(number), base: 10) }

  /// A number that is not negative in hexadecimal digits.
  package mutating func writeHexadecimal(_ number: Int) { writeDigits(UInt64(number), base: 16) }

  private mutating func writeDigits(_ number: UInt64, base: UInt64) {
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
      let start = digits.writeDigits(number, base: base)
      _ = writeBytes(UnsafeRawBufferPointer(rebasing: digits[start...]))
    }
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Writes a number at the end of the buffer, which has room for 20 bytes; where it starts.
  func writeDigits(_ number: UInt64, base: UInt64) -> Int {
    var rest = number
    var start = count
    repeat {
      start -= 1
      let digit = UInt8(truncatingIfNeeded: rest % base)
      self[start] = digit < 10 ? digit + 0x30 : digit + 0x57
      rest /= base
    } while rest > 0
    return start
  }
}

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

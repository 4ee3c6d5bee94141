// SPDX-License-Identifier: Apache-2.0

/// A message of a stream of the type `application/vnd.amazon.eventstream`: a prelude with the lengths and a checksum of
/// its own, headers, a payload, and a checksum of all. Ranges are those of the span in which it was found.
package struct AWSEventMessage: Equatable, Sendable {
  /// Bytes of a message that has no headers and no payload.
  package static let minimumSize = 16
  /// The largest message that is waited for, in bytes.
  package static let maximumSize = StreamTranslation.maximumEventSize
  /// The most bytes of headers, as AWS's own readers have it.
  package static let maximumHeaders = 128 * 1024

  /// Its headers.
  package var headers: AWSEventHeaders
  /// Its payload.
  package var payload: Range<Int>
  /// The offset behind it.
  package var end: Int

  /// The message that begins at an offset; nil if its end has not come.
  ///
  /// A prelude is checked as soon as it is there: a length that is wrong is never waited for.
  ///
  /// - Throws: when a checksum is wrong, or a length cannot be right. Nothing behind it can be read.
  package init?(in bytes: RawSpan, at start: Int) throws(StreamProblem) {
    let available = bytes.byteCount - start
    guard available >= 12 else { return nil }
    let prelude = bytes.extracting(start..<start + 8)
    guard CRC32(of: prelude).value == bytes.bigEndian(at: start + 8) else {
      throw StreamProblem("the checksum of a message's prelude is wrong")
    }
    let size = Int(bytes.bigEndian(at: start))
    let headersSize = Int(bytes.bigEndian(at: start + 4))
    guard size >= Self.minimumSize, headersSize <= size - Self.minimumSize else {
      throw StreamProblem("the lengths of a message contradict each other")
    }
    guard size <= Self.maximumSize else {
      throw StreamProblem("an event has more than \(Self.maximumSize) bytes")
    }
    guard headersSize <= Self.maximumHeaders else {
      throw StreamProblem("the headers of a message have more than \(Self.maximumHeaders) bytes")
    }
    guard size <= available else { return nil }
    end = start + size
    guard CRC32(of: bytes.extracting(start..<end - 4)).value == bytes.bigEndian(at: end - 4) else {
      throw StreamProblem("the checksum of a message is wrong")
    }
    headers = AWSEventHeaders(in: start + 12..<start + 12 + headersSize)
    payload = start + 12 + headersSize..<end - 4
  }
}

extension RawSpan {
  /// Four bytes as a number.
  fileprivate func bigEndian(at offset: Int) -> UInt32 {
    UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}

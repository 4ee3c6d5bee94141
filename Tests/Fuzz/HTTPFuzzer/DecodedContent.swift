// SPDX-License-Identifier: Apache-2.0

package import HostHTTP
import NIOCore

/// What a decoder made of a body that came in pieces, as far as it got.
package struct DecodedContent: Equatable {
  package private(set) var bytes: [UInt8] = []
  package private(set) var refusal: ContentDecoder.Refusal?
  /// How much had come out behind each piece.
  package private(set) var steps: [Int] = []
  /// The most that came out at once.
  package private(set) var largest = 0

  package init(_ pieces: [ArraySlice<UInt8>], _ coding: ContentCoding, atMost limit: Int = 4096) {
    let decoder = ContentDecoder(coding)
    do {
      for piece in pieces {
        decoder.take(ByteBuffer(bytes: piece))
        while let output = try decoder.next(atMost: limit) {
          bytes += output.readableBytesView
          largest = max(largest, output.readableBytes)
        }
        steps.append(bytes.count)
      }
      try decoder.finish()
    } catch {
      refusal = error
    }
  }

  /// Whether the other one came to the same end. Of what is refused, one may have got further than the other.
  package func agrees(with other: DecodedContent) -> Bool {
    guard refusal == other.refusal else { return false }
    if refusal == nil { return bytes == other.bytes }
    return bytes.starts(with: other.bytes) || other.bytes.starts(with: bytes)
  }
}

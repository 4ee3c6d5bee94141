// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// An edit of a body in the coordinates of the body that was shown.
package struct BodySplice: Equatable {
  package var offset: Int
  package var delete: Int
  package var insert: ByteBuffer

  package init(offset: Int, delete: Int, insert: ByteBuffer) {
    self.offset = offset
    self.delete = delete
    self.insert = insert
  }
}

extension BodySplice {
  /// Why edits cannot be applied.
  package enum Refusal: Error, Equatable {
    /// An edit lies outside of the body, or before the end of the one before it.
    case misplaced
  }

  /// The body with the edits: one pass, one buffer. Without edits it is the same storage.
  package static func apply(
    _ splices: [BodySplice], to body: ByteBuffer
  ) throws(Refusal) -> ByteBuffer {
    guard !splices.isEmpty else { return body }
    var grown = 0
    var end = 0
    for splice in splices {
      let (spliceEnd, overflow) = splice.offset.addingReportingOverflow(splice.delete)
      guard splice.offset >= end, splice.delete >= 0, !overflow, spliceEnd <= body.readableBytes
      else { throw .misplaced }
      end = spliceEnd
      grown += splice.insert.readableBytes
    }
    var result = ByteBuffer()
    result.reserveCapacity(body.readableBytes + grown)
    var position = body.readerIndex
    for splice in splices {
      let start = body.readerIndex + splice.offset
      copy(body, from: position, to: start, into: &result)
      result.writeImmutableBuffer(splice.insert)
      position = start + splice.delete
    }
    copy(body, from: position, to: body.writerIndex, into: &result)
    return result
  }

  private static func copy(
    _ body: ByteBuffer, from start: Int, to end: Int, into result: inout ByteBuffer
  ) {
    guard end > start, let kept = body.getSlice(at: start, length: end - start) else { return }
    result.writeImmutableBuffer(kept)
  }
}

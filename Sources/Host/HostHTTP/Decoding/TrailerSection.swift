// SPDX-License-Identifier: Apache-2.0

package import NIOCore

extension HeaderFields {
  /// Reads the trailer section of a message that was framed elsewhere: field lines and the empty line behind them.
  ///
  /// - Throws: what is wrong; `truncated` when the empty line is missing, `surplus` when bytes follow it.
  package init(decoding bytes: ByteBuffer, limits: HeadLimits) throws(HTTPRefusal) {
    guard bytes.readableBytes <= limits.trailers else { throw .trailersTooLarge }
    var fields = FieldParser(from: 0, limit: limits.fields)
    guard try fields.parse(bytes.readableBytesSpan) else { throw .truncated }
    guard fields.cursor == bytes.readableBytes else { throw .surplus }
    for field in fields.table where field.known.isForbiddenInTrailers { throw .forbiddenTrailer }
    self.init(bytes: bytes, table: fields.table)
  }
}

// SPDX-License-Identifier: Apache-2.0

/// One edit of a body: at an offset, delete some bytes and insert others.
///
/// Offsets are those of the body as it was shown, so splices of one body do not shift each other. A
/// list of them is in ascending order, and no splice begins before the one in front of it ends.
package struct Splice: Equatable, Sendable {
  /// Where, counted in bytes from the start of what was shown.
  package var offset: Int
  /// How many bytes go.
  package var delete: Int
  /// The bytes that come in their place.
  package var insert: [UInt8]

  /// An edit at an offset.
  package init(offset: Int, delete: Int = 0, insert: [UInt8] = []) {
    self.offset = offset
    self.delete = delete
    self.insert = insert
  }

  /// What the splices make of a body. The splices must be ordered and inside the body.
  package static func apply(_ splices: [Splice], to body: RawSpan) -> [UInt8] {
    var result: [UInt8] = []
    var position = 0
    for splice in splices {
      precondition(splice.offset >= position, "splices must be in ascending order")
      result.append(contentsOf: body.copy(position..<splice.offset))
      result.append(contentsOf: splice.insert)
      position = splice.offset + splice.delete
    }
    result.append(contentsOf: body.copy(position..<body.byteCount))
    return result
  }

  /// Two lists for one body that do not touch the same bytes, as one.
  package static func merged(_ one: [Splice], _ other: [Splice]) -> [Splice] {
    if one.isEmpty { return other }
    if other.isEmpty { return one }
    return (one + other).sorted { $0.offset < $1.offset }
  }
}

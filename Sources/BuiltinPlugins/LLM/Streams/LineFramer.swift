// SPDX-License-Identifier: Apache-2.0

/// Finds the lines of a stream of JSON lines (NDJSON): each ends with a line feed, with or without a carriage return in
/// front. No other character ends a line: U+2028 and U+0085 are text.
///
/// It has no state: a line whose end has not come is shown again from its first byte.
enum LineFramer {
  /// The line that begins at an offset, or nil if its end has not come. A blank line says nothing.
  ///
  /// - Parameter isLast: Nothing will come: what is left is a line without its end.
  static func frame(in piece: RawSpan, from offset: Int, isLast: Bool) -> StreamFramer.Frame? {
    var feed = piece.firstLineBreak(from: offset)
    while piece.byteOrZero(at: feed) == 0x0D { feed = piece.firstLineBreak(from: feed + 1) }
    guard feed < piece.byteCount || isLast else { return nil }
    let end = min(feed + 1, piece.byteCount)
    let start = piece.skippingWhitespace(from: offset)
    var last = feed
    if last > start, piece.byte(at: last - 1) == 0x0D { last -= 1 }
    return start < last
      ? StreamFramer.Frame(end: end, data: start..<last) : StreamFramer.Frame(end: end)
  }
}

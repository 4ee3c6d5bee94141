// SPDX-License-Identifier: Apache-2.0

import CPCRE2

extension Pattern {
  /// Where a pattern matched, in bytes of the text.
  package struct Match: Equatable, Sendable {
    /// Of the whole match.
    package let range: Range<Int>
    /// Of each capture; nil where it took no part.
    package let groups: [Range<Int>?]
  }

  /// Whether the pattern matches anywhere in the text.
  package func matches(_ text: RawSpan) throws(Exhausted) -> Bool {
    var clock = PatternClock(bytes: text.byteCount)
    return try search(text, from: 0, &clock) { _ in true } ?? false
  }

  /// The first match that starts at the offset or behind it.
  package func firstMatch(in text: RawSpan, from offset: Int = 0) throws(Exhausted) -> Match? {
    var clock = PatternClock(bytes: text.byteCount)
    return try search(text, from: offset, &clock, match)
  }

  /// All matches that do not overlap, from left to right, within the limits of one search.
  package func allMatches(in text: RawSpan) throws(Exhausted) -> [Match] {
    var cursor = PatternCursor(self)
    var matches: [Match] = []
    while let match = try cursor.next(in: text) { matches.append(match) }
    return matches
  }

  /// - Parameter body: Gets the offsets of a match, valid during the call.
  func search<R>(
    _ text: RawSpan, from offset: Int, options: UInt32 = 0, _ clock: inout PatternClock,
    _ body: (UnsafePointer<Int>) -> R
  ) throws(Exhausted) -> R? {
    precondition(offset >= 0 && offset <= text.byteCount, "offset out of range")
    return try withScratch { scratch throws(Exhausted) in
      scratch.begin(bytes: text.byteCount, clock)
      defer { clock = scratch.clock }
      let result = text.withUnsafeBytes { bytes in
        pcre2_match_8(
          code, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, offset,
          options, scratch.data, scratch.context)
      }
      if result == PCRE2_ERROR_NOMATCH { return nil }
      guard result > 0, let ranges = pcre2_get_ovector_pointer_8(scratch.data) else {
        throw Exhausted()
      }
      return body(ranges)
    }
  }

  func match(_ ranges: UnsafePointer<Int>) -> Match {
    func range(_ group: Int) -> Range<Int>? {
      let (start, end) = (ranges[group * 2], ranges[group * 2 + 1])
      // PCRE2_UNSET, which Swift reads as -1, is of a group that took no part.
      return start >= 0 && start <= end ? start..<end : nil
    }
    return Match(
      range: range(0) ?? ranges[1]..<ranges[1],
      groups: groupCount == 0 ? [] : (1...groupCount).map(range))
  }
}

/// Goes from match to match. All searches of one cursor share one budget of CPU time.
package struct PatternCursor {
  private let pattern: Pattern
  private var position = 0
  private var wasEmpty = false
  private var isDone = false
  private var clock: PatternClock?

  package init(_ pattern: Pattern) { self.pattern = pattern }

  /// The next match; nil when there is none any more.
  ///
  /// - Parameter text: The same for all calls.
  package mutating func next(in text: RawSpan) throws(Pattern.Exhausted) -> Pattern.Match? {
    guard !isDone else { return nil }
    var clock = clock ?? PatternClock(bytes: text.byteCount)
    defer { self.clock = clock }
    // Behind an empty match the same place is tried again, for one that is not empty.
    let options = wasEmpty ? PCRE2_NOTEMPTY_ATSTART : 0
    guard
      let match = try pattern.search(text, from: position, options: options, &clock, pattern.match)
    else {
      isDone = true
      return nil
    }
    position = match.range.upperBound
    wasEmpty = match.range.isEmpty
    return match
  }
}

// SPDX-License-Identifier: Apache-2.0

import CPCRE2

extension Pattern {
  /// Whether the pattern matches anywhere in the text.
  package func matches(_ text: RawSpan) throws(Exhausted) -> Bool {
    var clock = PatternClock(bytes: text.byteCount)
    return try search(text, from: 0, &clock) != nil
  }

  /// Where the first match is that starts at the offset or behind it, in bytes of the text.
  package func firstMatch(in text: RawSpan, from offset: Int = 0) throws(Exhausted) -> Range<Int>? {
    var clock = PatternClock(bytes: text.byteCount)
    return try search(text, from: offset, &clock)
  }

  /// Where all matches are that do not overlap, from left to right, within the limits of one search.
  package func allMatches(in text: RawSpan) throws(Exhausted) -> [Range<Int>] {
    var clock = PatternClock()
    return try allMatches(in: text, &clock)
  }

  /// Likewise, within the time of all searches that share a clock.
  package func allMatches(
    in text: RawSpan, _ clock: inout PatternClock
  ) throws(Exhausted) -> [Range<Int>] {
    clock.extend(bytes: text.byteCount)
    var matches: [Range<Int>] = []
    var position = 0
    var options: UInt32 = 0
    while let match = try search(text, from: position, options: options, &clock) {
      matches.append(match)
      position = match.upperBound
      // Behind an empty match the same place is tried again, for one that is not empty.
      options = match.isEmpty ? PCRE2_NOTEMPTY_ATSTART : 0
    }
    return matches
  }

  private func search(
    _ text: RawSpan, from offset: Int, options: UInt32 = 0, _ clock: inout PatternClock
  ) throws(Exhausted) -> Range<Int>? {
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
      guard result > 0, let ends = pcre2_get_ovector_pointer_8(scratch.data) else {
        throw Exhausted()
      }
      // `\K` in an assertion can set the start behind the end.
      return min(ends[0], ends[1])..<ends[1]
    }
  }
}

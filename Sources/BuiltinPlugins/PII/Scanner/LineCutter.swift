// SPDX-License-Identifier: Apache-2.0

/// The pieces of a text that custom patterns are shown: lines, and of long ones parts that end at white space.
///
/// Users' patterns have no bounds of their own. These give them some, so that a stream never waits for more than a line.
struct LineCutter {
  /// Where pieces begin, in order; the first is where the scan begins.
  private var boundaries: [Int]

  init(from start: Int) { boundaries = [start] }

  mutating func lineEnds(at index: Int) { boundaries.append(index + 1) }

  mutating func chunkBegins(at index: Int) {
    if index - boundaries[boundaries.count - 1] >= Scanner.longestLine { boundaries.append(index) }
  }

  /// Shows each piece that is whole.
  func match(
    _ matcher: Scanner.CustomMatcher, in text: UnsafeBufferPointer<UInt8>, isFinal: Bool,
    _ findings: inout Findings
  ) {
    for (number, begin) in boundaries.enumerated() {
      let isLast = number + 1 == boundaries.count
      let end = isLast ? text.count : boundaries[number + 1]
      guard begin < end, !isLast || isFinal else { continue }
      matcher(UnsafeBufferPointer(rebasing: text[begin..<end])) { pattern, range in
        findings.add(custom: pattern, begin + range.lowerBound..<begin + range.upperBound)
      }
    }
  }

  /// The last place up to another where a piece begins and no find is cut.
  func lastBoundary(upTo limit: Int, avoiding findings: [Finding]) -> Int {
    boundaries.last { boundary in
      boundary <= limit
        && !findings.contains { $0.range.lowerBound < boundary && boundary < $0.range.upperBound }
    } ?? boundaries[0]
  }
}

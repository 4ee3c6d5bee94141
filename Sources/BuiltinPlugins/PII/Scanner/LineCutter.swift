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

  /// Shows the pieces that are whole.
  func match(
    _ matcher: Scanner.CustomMatcher, in text: UnsafeBufferPointer<UInt8>, isFinal: Bool,
    _ findings: inout Findings
  ) {
    var pieces = zip(boundaries, boundaries.dropFirst()).map { $0..<$1 }
    if isFinal, let last = boundaries.last, last < text.count { pieces.append(last..<text.count) }
    guard !pieces.isEmpty else { return }
    matcher(text, pieces) { pattern, range in findings.add(custom: pattern, range) }
  }

  /// The last place up to another where a piece begins and no find is cut.
  func lastBoundary(upTo limit: Int, avoiding findings: [Finding]) -> Int {
    boundaries.last { boundary in
      boundary <= limit
        && !findings.contains { $0.range.lowerBound < boundary && boundary < $0.range.upperBound }
    } ?? boundaries[0]
  }
}

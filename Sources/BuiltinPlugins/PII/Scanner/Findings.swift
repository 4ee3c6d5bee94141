// SPDX-License-Identifier: Apache-2.0

/// A run of bytes without white space, which is looked at as a whole.
struct Chunk {
  var start: Int
  var end: Int
  /// The classes of its bytes.
  var mask: UInt16

  @inline(__always)
  func has(_ classes: UInt16) -> Bool { mask & classes != 0 }
}

/// What recognisers have found, and what they share on the way.
struct Findings {
  private let wanted: UInt32
  /// Each with the beginning of the chunk that it was found at.
  private var all: [(finding: Finding, origin: Int)] = []
  /// Where the chunk begins that is looked at.
  var origin = 0
  /// The end of the last private key: inside of it none begins.
  private(set) var endOfPrivateKey = 0
  private var contextPlace = -1
  private var contextThere = Context()
  /// A stretch without letters: in front of the numbers of a long row nothing is read twice.
  private var letterless = 0..<0

  /// - Parameter wanted: The bits of categories.
  init(wanted: UInt32) { self.wanted = wanted }

  /// Whether anybody wants finds of a type.
  @inline(__always)
  func wants(_ type: PIIType) -> Bool { wanted & type.category.bit != 0 }

  mutating func add(_ type: PIIType, _ range: Range<Int>) {
    guard !range.isEmpty, wants(type) else { return }
    all.append((Finding(type, range), origin))
    if type == .privateKey { endOfPrivateKey = max(endOfPrivateKey, range.upperBound) }
  }

  mutating func add(custom pattern: Int, _ range: Range<Int>) {
    if !range.isEmpty {
      all.append((Finding(.custom, range, pattern: pattern), range.lowerBound))
    }
  }

  /// What the words in front of a place speak of. Asked several times of one place, it is read once.
  mutating func context(_ text: borrowing TextReader, before place: Int) -> Context {
    if contextPlace != place {
      contextThere = isLetterless(text, before: place) ? [] : Context(text, before: place)
      contextPlace = place
    }
    return contextThere
  }

  /// Whether there are no words within the reach.
  private mutating func isLetterless(_ text: borrowing TextReader, before place: Int) -> Bool {
    let start = max(0, place - Context.reach)
    if start < letterless.lowerBound || start > letterless.upperBound { letterless = start..<start }
    var end = letterless.upperBound
    while end < place, !text[end].isLetter, text[end] < 0x80 { end += 1 }
    letterless = letterless.lowerBound..<end
    return end >= place
  }

  /// In order of place, and without overlaps: what overlaps becomes one find, of the type of the longest, then of the
  /// better rank. So no part of any is left in the text.
  func merged() -> [(finding: Finding, origin: Int)] {
    guard all.count > 1 else { return all }
    let sorted = all.sorted { Self.order($0.finding) < Self.order($1.finding) }
    var merged: [(finding: Finding, origin: Int)] = []
    var longest = 0
    for (finding, origin) in sorted {
      let range = finding.range
      guard let last = merged.last?.finding, range.lowerBound < last.range.upperBound else {
        merged.append((finding, origin))
        longest = range.count
        continue
      }
      let index = merged.count - 1
      if range.count > longest || (range.count == longest && finding.type.rank < last.type.rank) {
        merged[index].finding.type = finding.type
        merged[index].finding.pattern = finding.pattern
        longest = range.count
      }
      merged[index].origin = min(merged[index].origin, origin)
      merged[index].finding.range =
        last.range.lowerBound..<max(last.range.upperBound, range.upperBound)
    }
    return merged
  }

  private static func order(_ finding: Finding) -> (Int, Int, Int, String, Int) {
    (
      finding.range.lowerBound, -finding.range.upperBound, finding.type.rank,
      finding.type.rawValue, finding.pattern
    )
  }
}

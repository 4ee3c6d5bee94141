// SPDX-License-Identifier: Apache-2.0

/// Finds what is personal or secret in a text by rules: one pass, in time that grows with the text and no faster.
///
/// The text is UTF-8. It is read in chunks, which white space and characters beyond the alphabets separate; a chunk that
/// is a plain word costs a look at a table for each byte. All that a decision depends on is near: 48 bytes in front of a
/// chunk, and behind it as far as a recogniser has looked. So a stream can be scanned piece by piece, with the same result
/// for every way in which it is cut.
package struct Scanner: Sendable {
  /// Gives the places that each custom pattern finds in lines of a text.
  package typealias CustomMatcher =
    @Sendable (
      _ text: UnsafeBufferPointer<UInt8>, _ lines: [Range<Int>],
      _ found: (_ pattern: Int, Range<Int>) -> Void
    ) -> Void

  /// Bytes of a chunk at most: a longer run is looked at in pieces.
  package static let longestChunk = 4096
  /// Bytes of a line that custom patterns are shown at once; a longer one is cut at the next white space.
  package static let longestLine = 2048
  /// Bytes of a private key's block at most.
  package static let longestBlock = 8192
  /// Bytes in front of a place that the scan of what follows may depend on.
  package static let contextSize = 128

  /// The bits of the categories.
  private let wanted: UInt32
  private var custom: CustomMatcher?

  /// - Parameter custom: Nil: there are no patterns, or nobody wants their finds.
  package init(_ categories: Set<PIICategory>, custom: CustomMatcher? = nil) {
    wanted = categories.reduce(0) { $0 | $1.bit }
    self.custom = custom
  }

  /// The same with other custom patterns.
  package func with(_ custom: CustomMatcher?) -> Scanner {
    var scanner = self
    scanner.custom = custom
    return scanner
  }

  /// What a scan has found.
  package struct Result: Equatable, Sendable {
    /// In order, without overlaps.
    package var findings: [Finding]
    /// Up to here nothing changes, whatever follows. No find reaches over it.
    package var settled: Int
  }

  /// Scans a whole text.
  package func findings(in text: some Collection<UInt8>) -> [Finding] {
    let found = text.withContiguousStorageIfAvailable { scan($0).findings }
    return found ?? Array(text).withUnsafeBufferPointer { scan($0).findings }
  }

  /// Scans a part of a text.
  ///
  /// - Parameters:
  ///   - start: What is in front of it was settled before, and is context now.
  ///   - isFinal: Nothing follows.
  package func scan(
    _ text: UnsafeBufferPointer<UInt8>, from start: Int = 0, isFinal: Bool = true
  ) -> Result {
    var findings = Findings(wanted: wanted)
    var zero: UInt8 = 0
    return withUnsafePointer(to: &zero) { zero in
      let reader = TextReader(text, fallback: zero)
      var lines = LineCutter(from: start)
      let open = readChunks(reader, text, from: start, isFinal: isFinal, &lines, &findings)
      if let custom { lines.match(custom, in: text, isFinal: isFinal, &findings) }
      return settle(findings.merged(), start, open, lines, text.count, isFinal)
    }
  }

  /// Where the first chunk begins that is not decided; the end if there is none.
  private func readChunks(
    _ reader: borrowing TextReader, _ text: UnsafeBufferPointer<UInt8>, from start: Int,
    isFinal: Bool, _ lines: inout LineCutter, _ findings: inout Findings
  ) -> Int {
    var open = text.count
    guard let base = text.baseAddress else { return open }
    ByteClass.table.withUnsafeBufferPointer { classes in
      let classes = classes.baseAddress!
      let count = text.count
      let cutsLines = custom != nil
      var index = start
      while index < count {
        var bits = classes[Int(base[index])]
        if bits & ByteClass.separator != 0 {
          if cutsLines, base[index] == 0x0A { lines.lineEnds(at: index) }
          index += 1
          if bits & ByteClass.wide != 0 {
            let limit = min(count, index + 3)
            while index < limit, base[index] & 0xC0 == 0x80 { index += 1 }
          }
          continue
        }
        let begin = index
        let limit = count - index > Self.longestChunk ? index + Self.longestChunk : count
        var mask: UInt16 = 0
        repeat {
          mask |= bits
          index += 1
          guard index < limit else { break }
          bits = classes[Int(base[index])]
        } while bits & ByteClass.separator == 0
        if cutsLines { lines.chunkBegins(at: begin) }
        let chunk = Chunk(start: begin, end: index, mask: mask)
        findings.origin = begin
        Recognisers.look(at: chunk, in: reader, &findings)
        let overran =
          reader.takeOverran() || (index == count && index - begin < Self.longestChunk)
        if overran, begin < open { open = begin }
      }
      // A character that is cut in two is undecided too.
      if !isFinal { open = min(open, Self.endOfWholeCharacters(text)) }
    }
    return open
  }

  private func settle(
    _ found: [(finding: Finding, origin: Int)], _ start: Int, _ open: Int, _ lines: LineCutter,
    _ count: Int, _ isFinal: Bool
  ) -> Result {
    let findings = found.map(\.finding)
    guard !isFinal else { return Result(findings: findings, settled: count) }
    func boundary(_ place: Int) -> Int {
      custom == nil ? place : lines.lastBoundary(upTo: place, avoiding: findings)
    }
    var settled = boundary(open)
    var kept = found.count
    while kept > 0, findings[kept - 1].range.upperBound > settled {
      kept -= 1
      settled = boundary(min(settled, found[kept].origin))
    }
    return Result(findings: Array(findings[..<kept]), settled: max(settled, start))
  }

  private static func endOfWholeCharacters(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    var first = text.count - 1
    var following = 0
    while first >= 0, following < 3, text[first] & 0xC0 == 0x80 {
      first -= 1
      following += 1
    }
    guard first >= 0 else { return text.count }
    let length = text[first] >= 0xF0 ? 4 : text[first] >= 0xE0 ? 3 : text[first] >= 0xC0 ? 2 : 1
    return length > following + 1 ? first : text.count
  }
}

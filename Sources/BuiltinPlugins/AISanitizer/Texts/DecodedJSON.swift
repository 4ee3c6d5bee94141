// SPDX-License-Identifier: Apache-2.0

import LLM

/// JSON, or a part of one, with the escapes of its strings decoded, and the way back.
///
/// It need not be whole: the arguments of a tool call come in pieces. A backslash stands in strings only, so that all that
/// must be known of what came before is whether a string is open.
struct DecodedJSON {
  /// The decoded text, with its quotation marks, braces and commas.
  private(set) var bytes: [UInt8] = []
  private let json: [UInt8]
  private let startsInString: Bool
  /// Escapes: where each stands, decoded and spelled, and its lengths.
  private var escapes: [(decoded: Int, spelled: Int, length: Int, width: Int)] = []
  /// Quotation marks that begin or end strings, in the decoded text.
  private var marks: [Int] = []

  init(_ json: [UInt8], startsInString: Bool = false) {
    self.json = json
    self.startsInString = startsInString
    bytes.reserveCapacity(json.count)
    var index = 0
    while index < json.count {
      let byte = json[index]
      if byte == 0x5C {
        // What is at the end the beginning of an escape waits.
        guard let (scalar, length) = Self.escape(json, at: index) else { return }
        let decoded = bytes.count
        UTF8.encode(scalar).map { bytes.append(contentsOf: $0) }
        escapes.append((decoded, index, bytes.count - decoded, length))
        index += length
      } else {
        if byte == 0x22 { marks.append(bytes.count) }
        bytes.append(byte)
        index += 1
      }
    }
  }

  /// Whether a string is open at a place of the decoded text.
  func isInString(at place: Int) -> Bool {
    let before = Self.count(of: marks, below: place) { $0 }
    return startsInString != (before % 2 == 1)
  }

  /// Where a place of the decoded text stands in the JSON.
  func spelled(_ place: Int) -> Int {
    let before = Self.count(of: escapes, below: place) { $0.decoded }
    guard before > 0 else { return place }
    let last = escapes[before - 1]
    if place < last.decoded + last.length { return last.spelled }
    return last.spelled + last.width + place - last.decoded - last.length
  }

  /// Where a place of the JSON, in front of an escape or outside of one, stands in the decoded text.
  func decoded(_ place: Int) -> Int {
    let before = Self.count(of: escapes, below: place) { $0.spelled }
    guard before > 0 else { return place }
    let last = escapes[before - 1]
    return last.decoded + last.length + max(0, place - last.spelled - last.width)
  }

  /// What is to be replaced where a range of the decoded text is to go: parts of strings, and numbers from their first digit
  /// to their last. The marks between them stay, so that JSON stays JSON.
  func pieces(of range: Range<Int>) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = range.lowerBound
    var mark = Self.count(of: marks, below: start) { $0 }
    while start < range.upperBound {
      let end = mark < marks.count ? min(marks[mark], range.upperBound) : range.upperBound
      let isInString = startsInString != (mark % 2 == 1)
      if start < end {
        pieces += isInString ? [start..<end] : values(in: start..<end)
      }
      start = end + 1
      mark += 1
    }
    return pieces
  }

  /// What stands between brackets, colons and commas outside of strings.
  private func values(in range: Range<Int>) -> [Range<Int>] {
    bytes[range].split { "{}[],:".utf8.contains($0) }.compactMap { value in
      let isBlank = { (byte: UInt8) in byte <= 0x20 }
      guard let first = value.firstIndex(where: { !isBlank($0) }),
        let last = value.lastIndex(where: { !isBlank($0) })
      else { return nil }
      return literal(around: first..<last + 1)
    }
  }

  /// A change of a piece as one of the JSON: in strings it is escaped, what was no string becomes one.
  func edit(
    _ piece: Range<Int>, _ replacement: [UInt8]
  ) -> (range: Range<Int>, insert: [UInt8]) {
    let range = spelled(piece.lowerBound)..<spelled(piece.upperBound)
    let escaped = JSONEscaping.escaped(replacement)
    return (range, isInString(at: piece.lowerBound) ? escaped : [0x22] + escaped + [0x22])
  }

  /// All of a number of which a part is to go.
  private func literal(around range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start > 0, Self.isLiteral(bytes[start - 1]) { start -= 1 }
    while end < bytes.count, Self.isLiteral(bytes[end]) { end += 1 }
    return start..<end
  }

  private static func isLiteral(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "E"),
      UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// How many of ascending places are below another.
  private static func count<Element>(
    of elements: [Element], below place: Int, _ key: (Element) -> Int
  ) -> Int {
    var low = 0
    var high = elements.count
    while low < high {
      let middle = (low + high) / 2
      if key(elements[middle]) < place { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The character of an escape, and the escape's length; nil if it is not whole.
  private static func escape(_ json: [UInt8], at index: Int) -> (Unicode.Scalar, Int)? {
    guard index + 1 < json.count else { return nil }
    switch json[index + 1] {
    case UInt8(ascii: "b"): return ("\u{08}", 2)
    case UInt8(ascii: "f"): return ("\u{0C}", 2)
    case UInt8(ascii: "n"): return ("\n", 2)
    case UInt8(ascii: "r"): return ("\r", 2)
    case UInt8(ascii: "t"): return ("\t", 2)
    case UInt8(ascii: "u"):
      guard index + 6 <= json.count else { return nil }
      guard let unit = Self.unit(json, at: index + 2) else { return ("\u{FFFD}", 2) }
      if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
      guard UTF16.isLeadSurrogate(unit) else { return ("\u{FFFD}", 6) }
      guard index + 6 < json.count else { return nil }
      guard json[index + 6] == 0x5C else { return ("\u{FFFD}", 6) }
      guard index + 12 <= json.count else { return nil }
      guard json[index + 7] == UInt8(ascii: "u"), let second = Self.unit(json, at: index + 8),
        UTF16.isTrailSurrogate(second)
      else { return ("\u{FFFD}", 6) }
      let value = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
      return (Unicode.Scalar(value) ?? "\u{FFFD}", 12)
    default: return (Unicode.Scalar(json[index + 1]), 2)
    }
  }

  private static func unit(_ json: [UInt8], at index: Int) -> UInt16? {
    UInt16(String(decoding: json[index..<index + 4], as: UTF8.self), radix: 16)
  }
}

// SPDX-License-Identifier: Apache-2.0

// What the codec asks of bytes. All of it goes through spans, whose reads are checked against their bounds in release
// builds too: at the front door a wrong offset must end in a trap and never in somebody else's memory.

extension RawSpan {
  @inline(__always)
  subscript(at offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

  /// The first byte from `start` on that a field's value may not hold, or the end: eight bytes at a time.
  @inline(__always)
  func endOfFieldValue(from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var index = start
    while index &+ 8 <= byteCount {
      let word = UInt64(
        littleEndian: unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
      let controls = (word &- ones &* 0x20) & ~word
      let delete = word ^ (ones &* 0x7F)
      let found = (controls | ((delete &- ones) & ~delete)) & highs
      guard found != 0 else {
        index &+= 8
        continue
      }
      // The lowest mark is exact; those above it may be the borrow of the subtraction.
      index &+= found.trailingZeroBitCount / 8
      guard self[at: index] == .tab else { return index }
      index &+= 1
    }
    while index < byteCount, self[at: index].isFieldValue { index &+= 1 }
    return index
  }

  /// The first byte from `start` on that is not part of a token, or the end: eight bytes at a time as long as they are
  /// letters and hyphens, which names are made of.
  @inline(__always)
  func endOfToken(from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var index = start
    while index &+ 8 <= byteCount {
      let word = UInt64(
        littleEndian: unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
      let lower = word | (ones &* 0x20)
      let letters = (lower &+ ones &* 0x1F) & ~(lower &+ ones &* 0x05)
      let hyphens = ~((word ^ (ones &* 0x2D)) &+ ones &* 0x7F)
      // The lowest mark is exact; those above it may be the carry of a byte beyond ASCII.
      let others = ~((letters | hyphens) & ~word) & highs
      guard others != 0 else {
        index &+= 8
        continue
      }
      index &+= others.trailingZeroBitCount / 8
      guard self[at: index].isToken else { return index }
      index &+= 1
    }
    while index < byteCount, self[at: index].isToken { index &+= 1 }
    return index
  }

  /// Whether the bytes are this text without regard to case, eight bytes at a time. The text is ASCII in lower case:
  /// letters, and what is below them (digits, `-`, `:`, `/`).
  @inline(__always)
  func equals(lowercase text: StaticString) -> Bool {
    guard byteCount == text.utf8CodeUnitCount else { return false }
    let other = UnsafeRawPointer(text.utf8Start)
    var index = 0
    while index &+ 8 <= byteCount {
      guard matchesWord(at: index, other) else { return false }
      index &+= 8
    }
    // The last word, of which some was compared already.
    if byteCount >= 8 { return index == byteCount || matchesWord(at: byteCount &- 8, other) }
    while index < byteCount {
      guard self[at: index].lowercased == other.load(fromByteOffset: index, as: UInt8.self) else {
        return false
      }
      index &+= 1
    }
    return true
  }

  @inline(__always)
  private func matchesWord(at index: Int, _ text: UnsafeRawPointer) -> Bool {
    let expected = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    let word = unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
    // A letter, which alone has the bit 0x40, may differ in the bit of its case.
    let letterCase = (expected & 0x4040_4040_4040_4040) >> 1
    return (word ^ expected) & ~letterCase == 0
  }

  /// Whether the bytes are this text exactly.
  @inline(__always)
  func equals(_ text: StaticString) -> Bool {
    guard byteCount == text.utf8CodeUnitCount else { return false }
    let other = text.utf8Start
    var index = 0
    while index < byteCount {
      guard self[at: index] == other[index] else { return false }
      index &+= 1
    }
    return true
  }

  /// Whether both are the same without regard to the case of ASCII letters.
  func equalsIgnoringCase(_ other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    var index = 0
    while index < byteCount {
      guard self[at: index].lowercased == other[at: index].lowercased else { return false }
      index &+= 1
    }
    return true
  }

  /// `range` without the blanks at both of its ends.
  @inline(__always)
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, self[at: start].isBlank { start &+= 1 }
    while end > start, self[at: end &- 1].isBlank { end &-= 1 }
    return start..<end
  }

  /// The next element of a comma-separated list, trimmed; empty elements are passed over (RFC 9110, 5.6.1).
  ///
  /// - Parameter position: where to go on; 0 at first.
  func nextListElement(from position: inout Int) -> Range<Int>? {
    while position < byteCount {
      var end = position
      while end < byteCount, self[at: end] != UInt8(ascii: ",") { end &+= 1 }
      let element = trimmed(position..<end)
      position = end &+ 1
      if !element.isEmpty { return element }
    }
    return nil
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes are this ASCII text, without regard to case. The text must be in lower case.
  package func equals(lowercase text: StaticString) -> Bool { bytes.equals(lowercase: text) }

  /// Whether both are the same without regard to the case of ASCII letters.
  package func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
    bytes.equalsIgnoringCase(other.bytes)
  }

  /// Without the blanks at both ends.
  package var trimmed: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[bytes.trimmed(0..<count)])
  }
}

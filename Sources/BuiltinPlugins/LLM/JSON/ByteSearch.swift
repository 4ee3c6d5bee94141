// SPDX-License-Identifier: Apache-2.0

// Sixteen bytes are compared at a time: measured 2.3 times as fast as eight in an integer register.
extension RawSpan {
  /// The byte at an offset, checked against the bounds.
  @inline(__always)
  func byte(at offset: Int) -> UInt8 {
    unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// The byte at an offset, or 0 behind the end: no text of ours has a meaning for a zero byte.
  @inline(__always)
  func byteOrZero(at offset: Int) -> UInt8 {
    offset < byteCount ? unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self) : 0
  }

  /// The first `"` or `\` from an offset on, or the end.
  @inline(__always)
  func firstQuoteOrBackslash(from offset: Int) -> Int {
    first(from: offset) {
      ($0 .== .all(0x22)) .| ($0 .== .all(0x5C))
    } byte: {
      $0 == 0x22 || $0 == 0x5C
    }
  }

  /// The first byte that ends or needs a closer look in a string that is validated, or the end:
  /// `"`, `\`, control characters, and everything that is not ASCII.
  @inline(__always)
  func firstStringException(from offset: Int) -> Int {
    first(from: offset) {
      ($0 .== .all(0x22)) .| ($0 .== .all(0x5C)) .| ($0 .< .all(0x20)) .| ($0 .>= .all(0x80))
    } byte: {
      $0 == 0x22 || $0 == 0x5C || $0 < 0x20 || $0 >= 0x80
    }
  }

  /// The first byte that a JSON string has to escape, or the end: `"`, `\`, control characters.
  @inline(__always)
  func firstNeedingEscape(from offset: Int) -> Int {
    first(from: offset) {
      ($0 .== .all(0x22)) .| ($0 .== .all(0x5C)) .| ($0 .< .all(0x20))
    } byte: {
      $0 == 0x22 || $0 == 0x5C || $0 < 0x20
    }
  }

  /// The first `"`, bracket or brace from an offset on, or the end.
  @inline(__always)
  func firstStructure(from offset: Int) -> Int {
    // Bit 0x20 is all that tells `[` from `{` and `]` from `}`.
    first(from: offset) {
      let folded = $0 | .all(0x20)
      return ($0 .== .all(0x22)) .| (folded .== .all(0x7B)) .| (folded .== .all(0x7D))
    } byte: {
      $0 == 0x22 || $0 | 0x20 == 0x7B || $0 | 0x20 == 0x7D
    }
  }

  /// The first `[` or `<` from an offset on, or the end.
  @inline(__always)
  func firstSquareOrAngle(from offset: Int) -> Int {
    first(from: offset) {
      ($0 .== .all(0x5B)) .| ($0 .== .all(0x3C))
    } byte: {
      $0 == 0x5B || $0 == 0x3C
    }
  }

  /// The first carriage return or line feed from an offset on, or the end.
  @inline(__always)
  func firstLineBreak(from offset: Int) -> Int {
    first(from: offset) {
      ($0 .== .all(0x0A)) .| ($0 .== .all(0x0D))
    } byte: {
      $0 == 0x0A || $0 == 0x0D
    }
  }

  @inline(__always)
  private func first(
    from offset: Int,
    vector: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>,
    byte matches: (UInt8) -> Bool
  ) -> Int {
    precondition(offset >= 0, "a negative offset would read before the span")
    var index = offset
    let count = byteCount
    while index &+ 16 <= count {
      let bytes = unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD16<UInt8>.self)
      // A lane that matches is all ones, so the trailing zeros of the halves count the lanes
      // before.
      let lanes = unsafeBitCast(vector(bytes), to: SIMD2<UInt64>.self)
      let low = UInt64(littleEndian: lanes[0])
      if low != 0 { return index &+ low.trailingZeroBitCount &>> 3 }
      let high = UInt64(littleEndian: lanes[1])
      if high != 0 { return index &+ 8 &+ high.trailingZeroBitCount &>> 3 }
      index &+= 16
    }
    while index < count {
      if matches(unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)) { return index }
      index &+= 1
    }
    return max(index, count)
  }

  /// The first byte from an offset on that is no JSON whitespace, or the end.
  @inline(__always)
  func skippingWhitespace(from offset: Int) -> Int {
    var index = offset
    while index < byteCount {
      switch byte(at: index) {
      case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
      default: return index
      }
    }
    return index
  }

  /// How many runs of anything but ASCII whitespace begin in a range, given whether one is under
  /// way in front of it; and whether one is at its end.
  func wordStarts(in range: Range<Int>, isInWord: inout Bool) -> Int {
    guard let first = range.first, range.upperBound <= byteCount else { return 0 }
    func isWord(_ byte: UInt8) -> Bool { byte != 0x20 && byte &- 0x09 > 4 }
    var count = isWord(byte(at: first)) && !isInWord ? 1 : 0
    var index = first &+ 1
    while index &+ 16 <= range.upperBound {
      // Every byte is compared with the one in front of it, by loading both rows.
      let bytes = unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD16<UInt8>.self)
      let before = unsafeLoadUnaligned(fromUncheckedByteOffset: index &- 1, as: SIMD16<UInt8>.self)
      let starts =
        (bytes .!= .all(0x20)) .& ((bytes &- .all(0x09)) .> .all(4))
        .& ((before .== .all(0x20)) .| ((before &- .all(0x09)) .<= .all(4)))
      let lanes = unsafeBitCast(starts, to: SIMD2<UInt64>.self)
      count &+= (lanes[0].nonzeroBitCount &+ lanes[1].nonzeroBitCount) / 8
      index &+= 16
    }
    while index < range.upperBound {
      if isWord(byte(at: index)), !isWord(byte(at: index &- 1)) { count &+= 1 }
      index &+= 1
    }
    isInWord = isWord(byte(at: range.upperBound &- 1))
    return count
  }

  /// Whether the bytes from an offset on begin with a text.
  @inline(__always)
  func hasPrefix(_ text: StaticString, at offset: Int) -> Bool {
    text.withUTF8Buffer { equals($0, at: offset) }
  }

  /// Whether the bytes from an offset on begin with others.
  @inline(__always)
  func equals(_ other: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
    guard offset >= 0, other.count <= byteCount - offset else { return false }
    for index in 0..<other.count
    where unsafeLoad(fromUncheckedByteOffset: offset &+ index, as: UInt8.self) != other[index] {
      return false
    }
    return true
  }

  /// A copy of a range.
  func copy(_ range: Range<Int>) -> [UInt8] {
    extracting(range).withUnsafeBytes { Array($0) }
  }

  /// A range as text; what is not UTF-8 becomes U+FFFD.
  func string(_ range: Range<Int>) -> String {
    extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}

extension SIMD16<UInt8> {
  /// The same byte in each lane. The operators that take a scalar are generic loops and fifty times
  /// slower.
  @inline(__always)
  fileprivate static func all(_ byte: UInt8) -> Self {
    Self(repeating: byte)
  }
}

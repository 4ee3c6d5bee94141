// SPDX-License-Identifier: Apache-2.0

extension UInt8 {
  /// `tchar` of RFC 9110, 5.6.2: two words of bits, so that no table is loaded.
  @inline(__always)
  package var isToken: Bool {
    //  ! # $ % & ' * + - . 0-9        A-Z ^ _ ` a-z | ~
    let low: UInt64 = 0x03FF_6CFA_0000_0000
    let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
    if self < 64 { return (low >> UInt64(self)) & 1 != 0 }
    return self < 128 && (high >> UInt64(self & 63)) & 1 != 0
  }

  /// What a header value may hold: visible characters, space, tab, and bytes of other encodings.
  @inline(__always)
  package var isFieldValue: Bool { self >= 0x20 && self != 0x7F || self == 0x09 }

  /// What a request target may hold: visible ASCII.
  @inline(__always)
  package var isTarget: Bool { self > 0x20 && self < 0x7F }

  @inline(__always)
  package var isDigit: Bool { self &- 0x30 < 10 }

  /// Space or tab.
  @inline(__always)
  package var isBlank: Bool { self == 0x20 || self == 0x09 }

  @inline(__always)
  package var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

  /// The value of a hexadecimal digit.
  @inline(__always)
  package var hexadecimal: UInt64? {
    switch self {
    case 0x30...0x39: UInt64(self &- 0x30)
    case 0x41...0x46: UInt64(self &- 0x37)
    case 0x61...0x66: UInt64(self &- 0x57)
    default: nil
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes are this ASCII text, without regard to case. The text must be in lower case.
  @inline(__always)
  package func equals(lowercase text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount, let base = baseAddress else { return false }
    let other = text.utf8Start
    for index in 0..<count
    where base.load(fromByteOffset: index, as: UInt8.self).lowercased != other[index] {
      return false
    }
    return true
  }

  /// Whether both are the same without regard to the case of ASCII letters.
  package func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    for index in 0..<count where self[index].lowercased != other[index].lowercased { return false }
    return true
  }

  /// The first byte that a header value may not hold, looking at eight at a time.
  @inline(__always)
  package func firstBadFieldByte(from start: Int, to end: Int) -> Int? {
    guard let base = baseAddress else { return nil }
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var index = start
    while index &+ 8 <= end {
      let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let controls = (word &- ones &* 0x20) & ~word
      let delete = word ^ (ones &* 0x7F)
      if (controls | ((delete &- ones) & ~delete)) & highs != 0 {
        for offset in index..<index &+ 8
        where !base.load(fromByteOffset: offset, as: UInt8.self).isFieldValue {
          return offset
        }
      }
      index &+= 8
    }
    while index < end {
      if !base.load(fromByteOffset: index, as: UInt8.self).isFieldValue { return index }
      index &+= 1
    }
    return nil
  }
}

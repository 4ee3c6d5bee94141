// SPDX-License-Identifier: Apache-2.0

/// What a byte can be part of, as bits: all that the first look at a text needs.
enum ByteClass {
  static let separator: UInt16 = 1
  static let digit: UInt16 = 2
  static let at: UInt16 = 4
  static let dot: UInt16 = 8
  static let colon: UInt16 = 16
  static let equals: UInt16 = 32
  static let upper: UInt16 = 64
  static let lower: UInt16 = 128
  /// The first byte of a character that is no letter of an alphabet: punctuation, Han, Hangul, emoji. It ends a word as
  /// white space does.
  static let wide: UInt16 = 256

  /// A chunk without one of these is a plain word.
  static let interesting = digit | at | dot | colon | equals

  static let table: [UInt16] = (0..<256).map { value in
    let byte = UInt8(value)
    switch byte {
    case 0x00...0x20, 0x7F: return separator
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return digit
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): return upper
    case UInt8(ascii: "a")...UInt8(ascii: "z"): return lower
    case UInt8(ascii: "@"): return at
    case UInt8(ascii: "."): return dot
    case UInt8(ascii: ":"): return colon
    case UInt8(ascii: "="): return equals
    // U+0080…U+00BF are punctuation; from U+0800 on scripts without spaces begin.
    case 0xC2, 0xE0...0xFF: return separator | wide
    // Letters of Latin, Greek, Cyrillic and the like, and what continues them.
    case 0x80...0xDF: return lower
    default: return 0
    }
  }
}

extension UInt8 {
  @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
  @inline(__always) var isUpper: Bool { self &- 0x41 < 26 }
  @inline(__always) var isLower: Bool { self &- 0x61 < 26 }
  @inline(__always) var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
  @inline(__always) var isAlphanumeric: Bool { isDigit || isLetter }
  /// A letter of any alphabet, by one of its bytes.
  @inline(__always) var isWordByte: Bool {
    isAlphanumeric || (self >= 0x80 && self < 0xE0 && self != 0xC2)
  }
  @inline(__always) var isHexadecimal: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
  /// In lower case, if it is a letter of ASCII.
  @inline(__always) var folded: UInt8 { isUpper ? self | 0x20 : self }
  /// In upper case, if it is a letter of ASCII.
  @inline(__always) var raised: UInt8 { isLower ? self & 0xDF : self }
  /// The value of a digit.
  @inline(__always) var value: Int { Int(self &- 0x30) }
}

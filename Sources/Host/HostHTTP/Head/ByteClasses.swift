// SPDX-License-Identifier: Apache-2.0

// The character classes of RFC 9110, 5.6 and RFC 9112, as arithmetic: no table is loaded for them.

extension UInt8 {
  /// `tchar` (RFC 9110, 5.6.2): what names and methods are made of.
  @inline(__always)
  package var isToken: Bool {
    //  ! # $ % & ' * + - . 0-9        A-Z ^ _ ` a-z | ~
    let low: UInt64 = 0x03FF_6CFA_0000_0000
    let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
    let word = self < 64 ? low : high
    return self < 128 && (word >> UInt64(self & 63)) & 1 != 0
  }

  /// What a field's value may hold (RFC 9110, 5.5): visible characters, space, tab, and bytes above ASCII.
  @inline(__always)
  package var isFieldValue: Bool { (self >= 0x20 && self != 0x7F) || self == 0x09 }

  /// What a request target may hold: visible ASCII. (A `#` is visible, but never part of a target.)
  @inline(__always)
  package var isTarget: Bool { self > 0x20 && self < 0x7F }

  @inline(__always)
  package var isDigit: Bool { self &- 0x30 < 10 }

  /// Space or tab: `OWS` is made of them.
  @inline(__always)
  package var isBlank: Bool { self == 0x20 || self == 0x09 }

  /// A letter of ASCII in lower case; every other byte as it is.
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

  static var tab: UInt8 { 0x09 }
  static var lineFeed: UInt8 { 0x0A }
  static var carriageReturn: UInt8 { 0x0D }
  static var space: UInt8 { 0x20 }
}

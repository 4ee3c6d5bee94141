// SPDX-License-Identifier: Apache-2.0

extension RawSpan {
  /// The end of the well-formed multibyte sequence at an offset (Unicode 16, table 3-7), or nil.
  func endOfValidUTF8(at offset: Int) -> Int? {
    func isContinuation(_ index: Int) -> Bool {
      byteOrZero(at: index) & 0xC0 == 0x80
    }
    let lead = byte(at: offset)
    let second = byteOrZero(at: offset &+ 1)
    switch lead {
    case 0xC2...0xDF:
      return isContinuation(offset &+ 1) ? offset &+ 2 : nil
    case 0xE0...0xEF:
      let lowest: UInt8 = lead == 0xE0 ? 0xA0 : 0x80
      let highest: UInt8 = lead == 0xED ? 0x9F : 0xBF
      guard second >= lowest, second <= highest, isContinuation(offset &+ 2) else { return nil }
      return offset &+ 3
    case 0xF0...0xF4:
      let lowest: UInt8 = lead == 0xF0 ? 0x90 : 0x80
      let highest: UInt8 = lead == 0xF4 ? 0x8F : 0xBF
      guard second >= lowest, second <= highest, isContinuation(offset &+ 2),
        isContinuation(offset &+ 3)
      else { return nil }
      return offset &+ 4
    default:
      return nil
    }
  }

  /// The UTF-16 code unit that four hexadecimal digits at an offset spell, or nil.
  func codeUnit(at offset: Int) -> UInt16? {
    var unit: UInt16 = 0
    for index in offset..<offset &+ 4 {
      let byte = byteOrZero(at: index)
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }
}

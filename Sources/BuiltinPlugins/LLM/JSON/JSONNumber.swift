// SPDX-License-Identifier: Apache-2.0

extension JSONNode {
  /// The value of a number that is whole, however it is spelled (`12`, `12.0`, `1.2e1`); nil for
  /// others and for what does not fit.
  package func integer(in bytes: RawSpan) -> Int? {
    guard kind == .number else { return nil }
    var value = 0
    // The usual case: up to 18 digits cannot overflow.
    if end - start <= 18 {
      var index = start
      while index < end {
        let digit = bytes.byte(at: index) &- UInt8(ascii: "0")
        guard digit < 10 else { break }
        value = value &* 10 &+ Int(digit)
        index += 1
      }
      if index == end { return value }
    }
    return decimal(in: bytes)?.integer
  }

  /// The exact value of a number; nil for other values and for more than 38 significant digits.
  package func decimal(in bytes: RawSpan) -> ExactDecimal? {
    guard kind == .number else { return nil }
    return ExactDecimal(bytes.string(range))
  }

  /// The text of the value, byte for byte.
  package func text(in bytes: RawSpan) -> JSONText {
    JSONText(unchecked: bytes.copy(range))
  }
}

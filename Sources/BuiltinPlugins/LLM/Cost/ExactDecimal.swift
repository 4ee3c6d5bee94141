// SPDX-License-Identifier: Apache-2.0

/// A decimal number without rounding: `coefficient × 10^exponent`.
///
/// Prices are decimals (0.15 dollars a million tokens), and a sum of money that prints as
/// 0.30000000000000004 is a bug. So prices are read from their decimal spelling and all arithmetic
/// stays decimal.
package struct ExactDecimal: Hashable, Sendable, CustomStringConvertible, LosslessStringConvertible
{
  private var coefficient: Int128
  private var exponent: Int

  /// Zero.
  package static let zero = ExactDecimal(coefficient: 0, exponent: 0)

  private init(coefficient: Int128, exponent: Int) {
    self.coefficient = coefficient
    self.exponent = coefficient == 0 ? 0 : exponent
    // One spelling for one value, so that equality is that of numbers.
    while self.coefficient != 0, self.coefficient % 10 == 0 {
      self.coefficient /= 10
      self.exponent += 1
    }
  }

  /// A whole number.
  package init(_ value: Int) {
    self.init(coefficient: Int128(value), exponent: 0)
  }

  /// The shortest decimal that means this floating-point number: 0.1 is 0.1, not its 55 binary
  /// digits. Nil if it is not finite.
  package init?(_ value: Double) {
    self.init(value.description)
  }

  /// A number in the grammar of JSON. Nil for anything else, more than 38 significant digits, and
  /// exponents beyond 999.
  package init?(_ description: String) {
    var rest = description.utf8[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest.removeFirst() }
    var coefficient: Int128 = 0
    var exponent = 0
    var digits = 0
    var isFraction = false
    while let byte = rest.first {
      if byte == UInt8(ascii: "."), !isFraction, digits > 0 {
        isFraction = true
      } else if byte &- UInt8(ascii: "0") < 10 {
        let (shifted, overflow) = coefficient.multipliedReportingOverflow(by: 10)
        let (sum, carry) = shifted.addingReportingOverflow(Int128(byte - UInt8(ascii: "0")))
        if overflow || carry { return nil }
        coefficient = sum
        digits += 1
        if isFraction { exponent -= 1 }
      } else {
        break
      }
      rest.removeFirst()
    }
    guard digits > 0, !isFraction || exponent < 0 else { return nil }
    if let byte = rest.first {
      guard byte | 0x20 == UInt8(ascii: "e"),
        let power = Int(String(decoding: rest.dropFirst(), as: UTF8.self)),
        (-999...999).contains(power)
      else { return nil }
      exponent += power
    }
    self.init(coefficient: isNegative ? -coefficient : coefficient, exponent: exponent)
  }

  /// The value as a whole number, nil if it is none or does not fit.
  package var integer: Int? {
    guard exponent >= 0, exponent <= 19 else { return nil }
    var value = coefficient
    for _ in 0..<exponent {
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = shifted
    }
    return Int(exactly: value)
  }

  /// The nearest floating-point number.
  package var double: Double { Double("\(coefficient)e\(exponent)") ?? 0 }

  /// Plain decimal digits, as JSON takes them: no exponent, no zeros at the end of a fraction.
  package var description: String { String(decoding: text, as: UTF8.self) }

  /// The same in JSON.
  package var jsonText: JSONText { JSONText(unchecked: text) }

  private var text: [UInt8] {
    let zero = UInt8(ascii: "0")
    var text: [UInt8] = []
    if let small = Int(exactly: coefficient.magnitude) {
      text.append(decimal: small)
    } else {
      text += String(coefficient.magnitude).utf8
    }
    if exponent >= 0 {
      text += repeatElement(zero, count: exponent)
    } else {
      let missing = max(0, 1 - exponent - text.count)
      text.insert(contentsOf: repeatElement(zero, count: missing), at: 0)
      text.insert(UInt8(ascii: "."), at: text.count + exponent)
    }
    if coefficient < 0 { text.insert(UInt8(ascii: "-"), at: 0) }
    return text
  }

  /// The sum, nil if it has more than 38 digits.
  package static func + (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal? {
    let exponent = min(left.exponent, right.exponent)
    guard let first = left.scaled(to: exponent), let second = right.scaled(to: exponent) else {
      return nil
    }
    let (sum, overflow) = first.addingReportingOverflow(second)
    return overflow ? nil : ExactDecimal(coefficient: sum, exponent: exponent)
  }

  /// The product, nil if it has more than 38 digits.
  package static func * (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal? {
    let (product, overflow) = left.coefficient.multipliedReportingOverflow(by: right.coefficient)
    return overflow
      ? nil : ExactDecimal(coefficient: product, exponent: left.exponent + right.exponent)
  }

  /// The value with its decimal point moved: `movingPoint(by: -6)` divides by a million.
  package func movingPoint(by places: Int) -> ExactDecimal {
    ExactDecimal(coefficient: coefficient, exponent: exponent + places)
  }

  private func scaled(to lower: Int) -> Int128? {
    guard exponent - lower <= 38 else { return coefficient == 0 ? 0 : nil }
    var value = coefficient
    for _ in lower..<exponent {
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = shifted
    }
    return value
  }
}

// SPDX-License-Identifier: Apache-2.0

/// A sum of decimal numbers without rounding, for money: 0.1 and 0.2 are 0.3. What is not decimal, or does not fit into 38
/// digits, is added beside it as floating point has it.
package struct DecimalSum: Sendable, Equatable {
  private var coefficient: Int128 = 0
  private var exponent = 0
  private var rest = 0.0

  package init() {}

  /// Adds `coefficient` × 10^`exponent`.
  ///
  /// - Parameter exponent: -64 to 64.
  package mutating func add(_ coefficient: Int64, exponent: Int) {
    guard coefficient != 0 else { return }
    let common = min(self.coefficient == 0 ? exponent : self.exponent, exponent)
    guard let own = Self.scaled(self.coefficient, by: self.exponent - common),
      let other = Self.scaled(Int128(coefficient), by: exponent - common)
    else { return addRest(Self.double(Int128(coefficient), exponent)) }
    let (sum, overflow) = own.addingReportingOverflow(other)
    guard !overflow else { return addRest(Self.double(Int128(coefficient), exponent)) }
    self.coefficient = sum
    self.exponent = common
  }

  /// Adds a number; a whole one without rounding.
  package mutating func add(_ value: Double) {
    if abs(value) < 9e15, value == value.rounded() {
      add(Int64(value), exponent: 0)
    } else {
      addRest(value)
    }
  }

  /// Adds what the other one has.
  package mutating func add(_ other: DecimalSum) {
    if let small = Int64(exactly: other.coefficient) {
      add(small, exponent: other.exponent)
    } else {
      addRest(Self.double(other.coefficient, other.exponent))
    }
    addRest(other.rest)
  }

  private mutating func addRest(_ value: Double) { rest += value }

  /// The nearest number in floating point.
  package var double: Double { Self.double(coefficient, exponent) + rest }

  /// What is summed in digits is always finite.
  package var isFinite: Bool { rest.isFinite }

  /// All digits, as long as nothing was rounded.
  package var text: String {
    guard rest == 0 else { return MetricPage.spelled(double) }
    let digits = String(coefficient.magnitude)
    let sign = coefficient < 0 ? "-" : ""
    guard exponent < 0 else {
      return sign + digits + String(repeating: "0", count: coefficient == 0 ? 0 : exponent)
    }
    let places = -exponent
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    var fraction = padded.suffix(places)
    while fraction.last == "0" { fraction.removeLast() }
    let whole = padded.dropLast(places)
    return sign + whole + (fraction.isEmpty ? "" : ".\(fraction)")
  }

  private static func scaled(_ value: Int128, by power: Int) -> Int128? {
    guard value != 0 else { return 0 }
    guard power <= 38 else { return nil }
    var value = value
    for _ in 0..<max(0, power) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
    }
    return value
  }

  /// The spelling is read again, so that the nearest number is found.
  private static func double(_ coefficient: Int128, _ exponent: Int) -> Double {
    Double("\(coefficient)e\(exponent)") ?? 0
  }
}

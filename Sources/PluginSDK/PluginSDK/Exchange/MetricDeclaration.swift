// SPDX-License-Identifier: Apache-2.0

/// What a metric is, for those who read it: see ``Plugin/metrics``.
public struct MetricDeclaration: Sendable, Hashable {
  /// How values of a metric add up.
  public enum Kind: Sendable, Hashable { case counter, gauge, histogram }

  /// Letters, digits, `_` and `:`; no digit in front. Names with `patchbay_` in front are the host's own.
  public let name: String
  /// How values add up.
  public let kind: Kind
  /// One sentence.
  public let help: String
  /// Upper bounds of a histogram's buckets, ascending.
  public let buckets: [Double]

  private init(_ name: String, _ kind: Kind, _ help: String, _ buckets: [Double] = []) {
    self.name = name
    self.kind = kind
    self.help = help
    self.buckets = buckets
  }

  /// What only grows.
  public static func counter(_ name: String, _ help: String) -> Self { Self(name, .counter, help) }

  /// What goes up and down.
  public static func gauge(_ name: String, _ help: String) -> Self { Self(name, .gauge, help) }

  /// Values, counted by their size.
  ///
  /// - Parameter buckets: upper bounds, ascending, 64 at most; what is beyond the last is counted too.
  public static func histogram(_ name: String, _ help: String, buckets: [Double]) -> Self {
    Self(name, .histogram, help, buckets)
  }
}

/// A decimal number as it crosses the wire: `coefficient` × 10^`exponent`.
package struct WireDecimal: Sendable, Hashable {
  package let coefficient: Int64
  package let exponent: Int32

  /// Of a number in the grammar of JSON; nil when it has too many digits.
  package init?(_ text: String) {
    var rest = text.utf8[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest.removeFirst() }
    var coefficient: Int64 = 0
    var exponent = 0
    var isFraction = false
    var digits = 0
    while let byte = rest.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
      rest.removeFirst()
      if byte == UInt8(ascii: "."), !isFraction {
        isFraction = true
        continue
      }
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      let (shifted, overflow) = coefficient.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
      guard !overflow, !carry else { return nil }
      coefficient = sum
      digits += 1
      if isFraction { exponent -= 1 }
    }
    guard digits > 0 else { return nil }
    if !rest.isEmpty {
      guard let power = Int(String(decoding: rest.dropFirst(), as: UTF8.self)),
        (-64...64).contains(power)
      else { return nil }
      exponent += power
    }
    guard (-64...64).contains(exponent) else { return nil }
    self.coefficient = isNegative ? -coefficient : coefficient
    self.exponent = Int32(exponent)
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A share of the exchanges: `10%` or `10`; more than none and less than all.
struct Percent: ExpressibleByArgument, Equatable {
  let value: Double

  init?(argument: String) {
    let digits = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
    guard let value = Double(digits), value > 0, value < 100 else { return nil }
    self.value = value
  }
}

/// A time in whole seconds: `90s`, `5m`, `1h`, or a number of seconds.
struct Seconds: ExpressibleByArgument, Equatable {
  /// A week: longer than anybody waits, and far from what overflows.
  static let limit = 604_800

  let value: Int

  init(_ value: Int) { self.value = value }

  init?(argument: String) {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
    let factor = argument.last.flatMap { units[$0] }
    let digits = factor == nil ? argument[...] : argument.dropLast()
    guard let number = Int(digits), number > 0, number <= Self.limit / (factor ?? 1) else {
      return nil
    }
    value = number * (factor ?? 1)
  }

  var defaultValueDescription: String { "\(value)" }
}

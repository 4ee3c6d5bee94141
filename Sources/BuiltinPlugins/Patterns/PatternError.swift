// SPDX-License-Identifier: Apache-2.0

/// Why a pattern cannot be compiled.
package struct PatternError: Error, Equatable, CustomStringConvertible {
  /// In PCRE2's words.
  package let message: String
  /// Bytes of the pattern before the place.
  package let offset: Int

  package var description: String {
    "not a valid regular expression: \(message) at offset \(offset)"
  }
}

extension Pattern {
  /// A search that was given up at one of its limits: whether there is a match is not known.
  package struct Exhausted: Error, Equatable, CustomStringConvertible {
    package init() {}

    package var description: String { "a pattern reached its limit" }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// A member that the neutral model has no name for, kept byte for byte so that it survives a
/// mapping to the same API.
package struct UnknownField: Equatable, Sendable {
  /// Its key.
  package var key: String
  /// Its value.
  package var value: JSONText

  /// A member.
  package init(_ key: String, _ value: JSONText) {
    self.key = key
    self.value = value
  }
}

extension JSONWriter {
  /// The unknown members of an object.
  mutating func members(_ unknown: [UnknownField]) {
    for field in unknown { member(field.key, field.value) }
  }
}

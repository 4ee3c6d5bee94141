// SPDX-License-Identifier: Apache-2.0

/// A payload as it goes into a log entry. The fields of an entry travel in one message, so that a
/// long payload is cut and says so; the alternative would be an entry without any fields.
package struct LoggedText {
  /// Bytes of a payload's JSON string at most.
  package static let limit = 80 << 10

  package let text: String
  package let isCut: Bool

  package init(_ whole: String) {
    var size = 0
    for scalar in whole.unicodeScalars.indices {
      size += Self.size(of: whole.unicodeScalars[scalar])
      guard size <= Self.limit else {
        text = String(whole[..<scalar])
        isCut = true
        return
      }
    }
    text = whole
    isCut = false
  }

  /// What a scalar takes in a JSON string.
  private static func size(of scalar: Unicode.Scalar) -> Int {
    switch scalar {
    case "\"", "\\": 2
    case _ where scalar.value < 0x20: 6
    default: UTF8.width(scalar)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// A version such as 1.12.0-beta.2, in the order of semver.org.
package struct SemanticVersion: Comparable, Sendable {
  private let numbers: [UInt64]
  private let preRelease: [String]

  /// Nil: it is none.
  package init?(_ text: String) {
    let core = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)[0]
    let parts = core.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let fields = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    numbers = fields.compactMap { $0.allSatisfy(\.isASCII) ? UInt64($0) : nil }
    guard fields.count == 3, numbers.count == 3, text.utf8.count <= 128,
      text.utf8.allSatisfy(Self.isAllowed)
    else { return nil }
    preRelease =
      parts.count > 1
      ? parts[1].split(separator: ".", omittingEmptySubsequences: false).map(String.init) : []
    guard preRelease.allSatisfy({ !$0.isEmpty }) else { return nil }
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "+"):
      true
    default: false
    }
  }

  package static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
    for (one, other) in zip(left.numbers, right.numbers) where one != other { return one < other }
    // A pre-release comes before its release.
    if left.preRelease.isEmpty || right.preRelease.isEmpty {
      return !left.preRelease.isEmpty && right.preRelease.isEmpty
    }
    for (one, other) in zip(left.preRelease, right.preRelease) where one != other {
      switch (UInt64(one), UInt64(other)) {
      case (let one?, let other?): return one < other
      case (nil, nil): return one < other
      case (_?, nil): return true
      case (nil, _?): return false
      }
    }
    return left.preRelease.count < right.preRelease.count
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Lets so many lines of a kind pass in a second: who attacks must not fill the disk with the story of it.
package struct LogThrottle: Sendable {
  private let limit: Int
  private var second: UInt64 = 0
  private var passed = 0
  private var dropped = 0

  package init(limit: Int) { self.limit = limit }

  /// Whether a line may be written, and how many were not since the last one that was; nil: it may not.
  ///
  /// - Parameter now: nanoseconds of a clock that only grows.
  package mutating func pass(now: UInt64) -> Int? {
    let current = now / 1_000_000_000
    if current != second {
      second = current
      passed = 0
    }
    guard passed < limit else {
      dropped += 1
      return nil
    }
    passed += 1
    defer { dropped = 0 }
    return dropped
  }
}

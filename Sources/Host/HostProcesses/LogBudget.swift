// SPDX-License-Identifier: Apache-2.0

/// How much a process may log: a burst, and a rate on average. What is beyond is dropped, and the number of lines that
/// were is told with the next one that is not.
package struct LogBudget: Sendable {
  static let burst = 1000
  static let linesPerSecond = 100

  /// Billionths of a line.
  private var balance = UInt64(burst) * 1_000_000_000
  private var lastTime: UInt64 = 0
  private var dropped = 0

  package init() {}

  /// What becomes of a line.
  package enum Admission: Equatable, Sendable {
    /// - Parameter dropped: lines that were dropped since the last one that was not.
    case log(dropped: Int)
    case drop
  }

  /// - Parameter now: nanoseconds; never less than before.
  package mutating func admit(now: UInt64) -> Admission {
    // More than a minute of saving would only overflow; the burst is full long before.
    let elapsed = min(now &- lastTime, 60_000_000_000)
    lastTime = now
    balance = min(
      balance + elapsed * UInt64(Self.linesPerSecond), UInt64(Self.burst) * 1_000_000_000)
    guard balance >= 1_000_000_000 else {
      dropped += 1
      return .drop
    }
    balance -= 1_000_000_000
    defer { dropped = 0 }
    return .log(dropped: dropped)
  }

  /// Lines were dropped before they came here.
  mutating func dropped(_ count: Int) { dropped += count }
}

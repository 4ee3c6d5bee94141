// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The CPU time of a search, or of many that share it, looked at every so many places that were tried: few searches try
/// that many, and the others should not pay for a clock at each.
package struct PatternClock {
  private static let interval = 64

  /// Nanoseconds.
  private var budget: UInt64 = 50_000_000
  /// Up to the last pause.
  private var spent: UInt64 = 0
  /// When it went on; nil: with the next look.
  private var start: UInt64?
  private var untilLook = interval
  private var hasRunOut = false

  /// 50 ms, and what ``extend(bytes:)`` gives.
  package init() {}

  /// The clock of one search.
  init(bytes: Int) { extend(bytes: bytes) }

  /// Gives one more search of a text its time: 50 ns for each byte, and a microsecond to begin. Sound patterns take 0.1 to
  /// 6 ns for a byte.
  mutating func extend(bytes: Int) { budget += 1000 + 50 * UInt64(bytes) }

  /// Time counts from here.
  package mutating func resume() { start = Self.now }

  /// What is done from here on is no search, and does not count.
  package mutating func pause() {
    guard let start else { return }
    spent += Self.time(since: start) ?? 0
    self.start = nil
    hasRunOut = hasRunOut || spent > budget
  }

  /// Asked before each place that is tried. Once it is over it stays so.
  var isOver: Bool {
    mutating get {
      guard !hasRunOut else { return true }
      untilLook -= 1
      guard untilLook <= 0 else { return false }
      untilLook = Self.interval
      guard let start, let time = Self.time(since: start) else {
        // The first look; or another thread goes on, and its time counts from here.
        start = Self.now
        return false
      }
      hasRunOut = spent + time > budget
      return hasRunOut
    }
  }

  /// Nil: not by this thread.
  private static func time(since start: UInt64) -> UInt64? {
    let now = now
    return now > start ? now - start : nil
  }

  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

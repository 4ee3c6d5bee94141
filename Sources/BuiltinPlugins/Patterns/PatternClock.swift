// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The CPU time of a search, looked at every so many places that were tried: few searches try that many, and the others
/// should not pay for a clock at each.
struct PatternClock {
  private static let interval = 64

  private let budget: UInt64
  private var start: UInt64?
  private var untilLook = interval

  /// 50 ms and 50 ns for each byte. Sound patterns take 0.1 to 6 ns for a byte.
  init(bytes: Int) {
    budget = 50_000_000 + 50 * UInt64(bytes)
  }

  /// Asked before each place that is tried.
  var isOver: Bool {
    mutating get {
      untilLook -= 1
      guard untilLook <= 0 else { return false }
      untilLook = Self.interval
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      let now = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
      guard let start, now > start else {
        // The first look; or another thread goes on with a cursor, and its time counts from here.
        start = now
        return false
      }
      return now - start > budget
    }
  }
}

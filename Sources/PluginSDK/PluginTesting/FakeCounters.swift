// SPDX-License-Identifier: Apache-2.0

/// The counters of a test, with the windows that a host has.
struct FakeCounters {
  private struct Identity: Hashable {
    let key: String
    let window: UInt64
  }

  /// What a counter says; times are in milliseconds since 1970, without a window nil.
  struct Count {
    var value: Int64
    var end: UInt64?
  }

  private var counters: [Identity: Count] = [:]

  /// Adds to a counter; nil when the sum does not fit.
  ///
  /// - Parameters:
  ///   - window: milliseconds; 0: none.
  ///   - now: milliseconds since 1970.
  mutating func add(_ amount: Int64, to key: String, window: UInt64, now: UInt64) -> Count? {
    var count = get(key, window: window, now: now)
    let (sum, overflow) = count.value.addingReportingOverflow(amount)
    guard !overflow else { return nil }
    count.value = sum
    counters[Identity(key: key, window: window)] = count
    return count
  }

  func get(_ key: String, window: UInt64, now: UInt64) -> Count {
    let present = counters[Identity(key: key, window: window)]
    guard window > 0 else { return present ?? Count(value: 0) }
    let end = now - now % window + window
    return present?.end == end ? present ?? Count(value: 0) : Count(value: 0, end: end)
  }
}

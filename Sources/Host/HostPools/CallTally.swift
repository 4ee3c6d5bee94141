// SPDX-License-Identifier: Apache-2.0

/// How the calls of one process have ended, and how long they took.
///
/// Durations are kept in buckets of a quarter of a power of two, so that a percentile is right to within 19 %.
package struct CallTally: Sendable {
  /// Four buckets for each power of two of nanoseconds; the longest is some 18 minutes.
  private static let bucketCount = 41 * 4

  /// Calls that were answered, or failed.
  package private(set) var calls = 0
  package private(set) var failed = 0
  private var durations = [UInt32](repeating: 0, count: bucketCount)

  package init() {}

  /// - Parameter duration: nanoseconds.
  package mutating func record(duration: UInt64, failed isFailure: Bool) {
    calls += 1
    if isFailure { failed += 1 }
    let bucket = Self.bucket(of: duration)
    durations[bucket] &+= 1
  }

  /// Takes in what another event loop has counted of the process.
  package mutating func merge(_ other: CallTally) {
    calls += other.calls
    failed += other.failed
    for index in durations.indices { durations[index] &+= other.durations[index] }
  }

  /// What has come since an earlier state of the same tally. Processes that ended meanwhile have taken theirs along.
  package func since(_ earlier: CallTally) -> CallTally {
    var result = self
    result.calls = max(0, calls - earlier.calls)
    result.failed = max(0, failed - earlier.failed)
    for index in durations.indices where durations[index] >= earlier.durations[index] {
      result.durations[index] -= earlier.durations[index]
    }
    return result
  }

  /// Failed calls in percent of all.
  package var failureRate: Double { calls == 0 ? 0 : 100 * Double(failed) / Double(calls) }

  /// The duration that this share of the calls did not exceed, in nanoseconds; nil: there were none.
  package func percentile(_ share: Double) -> UInt64? {
    let total = durations.reduce(0) { $0 + Int($1) }
    guard total > 0 else { return nil }
    var left = max(1, Int((share * Double(total)).rounded(.up)))
    for (index, count) in durations.enumerated() {
      left -= Int(count)
      if left <= 0 { return Self.end(of: index) }
    }
    return Self.end(of: Self.bucketCount - 1)
  }

  private static func bucket(of duration: UInt64) -> Int {
    guard duration >= 4 else { return Int(duration) }
    let power = 63 - duration.leadingZeroBitCount
    let quarter = Int(duration >> (power - 2)) & 3
    return min((power - 1) * 4 + quarter, bucketCount - 1)
  }

  /// The longest duration of a bucket.
  private static func end(of bucket: Int) -> UInt64 {
    guard bucket >= 4 else { return UInt64(bucket) }
    let (power, quarter) = (bucket / 4 + 1, UInt64(bucket % 4))
    return (4 + quarter + 1) << (power - 2) - 1
  }
}

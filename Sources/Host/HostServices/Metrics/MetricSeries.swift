// SPDX-License-Identifier: Apache-2.0

/// What was measured of a name with its labels. It is changed in place: buckets are not copied.
struct MetricSeries: Sendable {
  /// Of a counter, and of a histogram the sum.
  private(set) var sum = DecimalSum()
  private(set) var gauge = 0.0
  /// When a gauge was measured last, by the clock of all event loops.
  private var time: UInt64 = 0
  /// Of a histogram: by bucket, and what is beyond the last one.
  private(set) var counts: [UInt64]

  /// - Parameter counts: of a histogram one more than it has bounds, otherwise 0.
  init(counts: Int) { self.counts = Array(repeating: 0, count: counts) }

  /// - Parameters:
  ///   - exact: counts instead of the value, for a counter.
  ///   - bounds: of the histogram's buckets.
  ///   - time: nanoseconds.
  /// - Returns: false if it would be no number any more: then nothing has changed.
  mutating func record(
    _ kind: MetricStore.Kind, _ value: Double, exact: (coefficient: Int64, exponent: Int)?,
    bounds: [Double], time: UInt64
  ) -> Bool {
    switch kind {
    case .gauge:
      set(value, time)
      return true
    case .counter:
      return add {
        if let exact {
          $0.add(exact.coefficient, exponent: exact.exponent)
        } else {
          $0.add(value)
        }
      }
    case .histogram:
      guard add({ $0.add(value) }) else { return false }
      counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
      return true
    }
  }

  /// Takes in what another event loop has of it, with the same buckets.
  ///
  /// - Returns: false if it would be no number any more: then nothing has changed.
  mutating func merge(_ other: Self) -> Bool {
    guard add({ $0.add(other.sum) }) else { return false }
    set(other.gauge, other.time)
    for index in other.counts.indices { counts[index] += other.counts[index] }
    return true
  }

  private mutating func set(_ gauge: Double, _ time: UInt64) {
    guard time >= self.time else { return }
    self.gauge = gauge
    self.time = time
  }

  private mutating func add(_ change: (inout DecimalSum) -> Void) -> Bool {
    var changed = sum
    change(&changed)
    guard changed.isFinite else { return false }
    sum = changed
    return true
  }
}

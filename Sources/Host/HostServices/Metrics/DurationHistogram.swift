// SPDX-License-Identifier: Apache-2.0

/// Durations by their size, for the host's own data path: a power of two finds its bucket in one instruction.
package struct DurationHistogram: Sendable, Equatable {
  /// Upper bounds: 16 µs, 32 µs, … 8.4 s.
  package static let buckets = 20

  private var counts = [UInt64](repeating: 0, count: buckets + 1)
  /// Nanoseconds.
  private var sum: UInt64 = 0

  package init() {}

  /// - Parameter nanoseconds: what took so long.
  @inline(__always)
  package mutating func add(_ nanoseconds: UInt64) {
    // In units of 16 µs, rounded up: the bucket's bound is included.
    let units = (nanoseconds &+ 15_999) / 16_000
    let bucket = units <= 1 ? 0 : 64 - (units - 1).leadingZeroBitCount
    counts[min(bucket, Self.buckets)] &+= 1
    sum &+= nanoseconds
  }

  /// Takes in what another event loop has.
  package mutating func merge(_ other: DurationHistogram) {
    for index in counts.indices { counts[index] &+= other.counts[index] }
    sum &+= other.sum
  }

  package var isEmpty: Bool { counts.allSatisfy { $0 == 0 } }

  /// In seconds.
  package var value: MetricPage.Value {
    var total = DecimalSum()
    total.add(Int64(clamping: sum), exponent: -9)
    return .histogram(bounds: Self.bounds, counts: counts, sum: total.text)
  }

  private static let bounds = (0..<buckets).map { Double(16 << $0) / 1e6 }
}

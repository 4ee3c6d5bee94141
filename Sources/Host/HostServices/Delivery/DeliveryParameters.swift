// SPDX-License-Identifier: Apache-2.0

/// How a queue gathers entries, bounds them and tries again: Kong's queue parameters. Times are in nanoseconds.
package struct DeliveryParameters: Sendable, Equatable {
  /// Bytes that wait or are under way at most, whatever the configuration says.
  package static let byteLimit = 64 << 20
  /// Batches that are under way at once at most.
  package static let concurrencyLimit = 64

  /// Entries that are sent at once, at least 1.
  package var batchSize = 1
  /// How long a batch waits to be filled, from its first entry on.
  package var coalescingDelay: UInt64 = 1_000_000_000
  /// Entries that may wait, at least 1; beyond, the oldest are dropped.
  package var maxEntries = 10_000
  /// Bytes that may wait; likewise.
  package var maxBytes = byteLimit
  /// From a batch's first failure to its next try; it doubles with every further one.
  package var initialRetryDelay: UInt64 = 10_000_000
  /// The longest time between two tries.
  package var maxRetryDelay: UInt64 = 60_000_000_000
  /// From a batch's first try, after which a failure is its last; nil: it is not tried again.
  package var maxRetryTime: UInt64? = 60_000_000_000
  /// Batches that are under way at once, at least 1.
  package var concurrency = 1

  package init() {}

  /// From a failure to the next try.
  ///
  /// - Parameter retries: those before.
  func delay(after retries: Int) -> UInt64 {
    guard retries < 63 else { return maxRetryDelay }
    let (delay, overflow) = initialRetryDelay.multipliedReportingOverflow(by: 1 << UInt64(retries))
    return overflow ? maxRetryDelay : min(delay, maxRetryDelay)
  }
}

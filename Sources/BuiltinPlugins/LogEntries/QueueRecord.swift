// SPDX-License-Identifier: Apache-2.0

package import PluginSDK

/// Kong's `queue` record, with the defaults of the newest version.
package struct QueueRecord: Decodable, Sendable {
  package var maxBatchSize: Int
  /// Seconds, as all times here.
  package var maxCoalescingDelay: Double
  package var maxEntries: Int
  package var maxBytes: Int?
  package var maxRetryTime: Double
  package var initialRetryDelay: Double
  package var maxRetryDelay: Double
  package var concurrencyLimit: Int

  enum CodingKeys: String, CodingKey {
    case maxBatchSize = "max_batch_size"
    case maxCoalescingDelay = "max_coalescing_delay"
    case maxEntries = "max_entries"
    case maxBytes = "max_bytes"
    case maxRetryTime = "max_retry_time"
    case initialRetryDelay = "initial_retry_delay"
    case maxRetryDelay = "max_retry_delay"
    case concurrencyLimit = "concurrency_limit"
  }

  /// The record in a schema.
  package static let schema = ConfigType.record([
    "max_batch_size": .integer.default(1).between(1, 1_000_000).describe(
      "entries that are sent at once"),
    "max_coalescing_delay": .number.default(1).between(0, 3600).describe(
      "seconds that a batch waits to be filled, from its first entry on"),
    "max_entries": .integer.default(10_000).between(1, 1_000_000).describe(
      "entries that may wait; beyond, the oldest are dropped"),
    "max_bytes": .integer.describe("bytes that may wait; at most, and without it, 64 MiB"),
    "max_retry_time": .number.default(60).describe(
      "seconds from a batch's first try after which a failure is its last; -1: it is not tried again"
    ),
    "initial_retry_delay": .number.default(.double(0.01)).between(0.001, 1_000_000).describe(
      "seconds from a batch's first failure to its next try; doubles with every further one"),
    "max_retry_delay": .number.default(60).between(0.001, 1_000_000).describe(
      "seconds between two tries at most"),
    "concurrency_limit": .integer.default(1).oneOf(-1, 1).describe(
      "batches that are under way at once; -1: as many as the host allows, 64"),
  ]).required

  /// What the host is told.
  package var options: DeliveryOptions {
    var options = DeliveryOptions()
    options.batchSize = maxBatchSize
    options.coalescingDelay = .seconds(maxCoalescingDelay)
    options.maxEntries = maxEntries
    options.maxBytes = maxBytes
    options.maxRetryTime = maxRetryTime < 0 ? nil : .seconds(maxRetryTime)
    options.initialRetryDelay = .seconds(initialRetryDelay)
    options.maxRetryDelay = .seconds(maxRetryDelay)
    options.concurrency = concurrencyLimit < 0 ? 64 : concurrencyLimit
    return options
  }
}

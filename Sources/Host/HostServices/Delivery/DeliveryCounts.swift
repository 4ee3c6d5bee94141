// SPDX-License-Identifier: Apache-2.0

/// Why an entry was not delivered.
package enum DropReason: String, Sendable, CaseIterable {
  /// Newer entries needed its room: the destination is too slow, or away.
  case full
  /// It alone is longer than what may wait.
  case tooLarge = "too-large"
  /// All tries have failed.
  case failed
  /// The destination does not take it, and would not take it another time.
  case refused
  /// The host had to end before it could be sent.
  case shutdown
}

/// What a queue has counted, and what it holds.
package struct DeliveryCounts: Sendable, Equatable {
  /// Entries that were handed over.
  package var queued = 0
  package var delivered = 0
  package var dropped: [DropReason: Int] = [:]
  /// Tries after a batch's first one.
  package var retries = 0
  /// Entries that wait or are under way now, and their bytes.
  package var waiting = 0
  package var bytes = 0

  package init() {}

  /// Takes in what another queue has counted.
  package mutating func merge(_ other: DeliveryCounts) {
    queued += other.queued
    delivered += other.delivered
    dropped.merge(other.dropped, uniquingKeysWith: +)
    retries += other.retries
    waiting += other.waiting
    bytes += other.bytes
  }
}

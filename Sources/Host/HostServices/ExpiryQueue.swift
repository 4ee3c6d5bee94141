// SPDX-License-Identifier: Apache-2.0

import HeapModule

/// When values expire, the first one first. A value that was replaced or deleted meanwhile is still in it, under the version
/// that it had.
struct ExpiryQueue {
  private struct Expiry: Comparable {
    let time: UInt64
    let version: UInt64
    let key: [UInt8]

    static func < (one: Self, other: Self) -> Bool {
      (one.time, one.version) < (other.time, other.version)
    }

    static func == (one: Self, other: Self) -> Bool {
      (one.time, one.version) == (other.time, other.version)
    }
  }

  private var heap = Heap<Expiry>()

  init() {}

  /// That of values that are there.
  init(_ entries: [[UInt8]: KeyValueStore.Entry]) {
    heap = Heap(
      entries.compactMap { key, entry in
        entry.expires.map { Expiry(time: $0, version: entry.version, key: key) }
      })
  }

  var count: Int { heap.count }

  mutating func add(_ key: [UInt8], version: UInt64, at time: UInt64) {
    heap.insert(Expiry(time: time, version: version, key: key))
  }

  /// Takes the next value that has expired by then.
  mutating func next(until now: UInt64) -> (key: [UInt8], version: UInt64)? {
    guard let first = heap.min, first.time <= now else { return nil }
    heap.removeMin()
    return (first.key, first.version)
  }
}

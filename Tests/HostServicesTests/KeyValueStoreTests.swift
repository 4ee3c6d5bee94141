// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import HostServices

struct KeyValueStoreTests {
  private var writes: UInt32 = 0

  private mutating func write() -> WriteKey {
    writes += 1
    // Of an exchange of its own, so that others' are not over by it.
    return WriteKey(exchange: UInt64(writes), instance: 1, phase: 1, call: 1, sequence: 0)
  }

  private let key = Array("k".utf8)
  private let value = Array("v".utf8)

  @Test mutating func `a value is there until its time is over`() {
    var store = KeyValueStore()
    let set = store.set(key, to: value, of: "p", ttl: 10, now: 100, write: write())
    #expect(set == .written(version: 1))
    let fresh = store.get(key, of: "p", now: 109)
    #expect(fresh?.value == value)
    let old = store.get(key, of: "p", now: 110)
    #expect(old == nil)
  }

  @Test mutating func `plugins do not see each other's values`() {
    var store = KeyValueStore()
    _ = store.set(key, to: value, of: "p", now: 0, write: write())
    let other = store.get(key, of: "q", now: 0)
    #expect(other == nil)
  }

  @Test mutating func `a compare-and-set writes only over the version it names`() {
    var store = KeyValueStore()
    let created = store.set(key, to: value, of: "p", expected: 0, now: 0, write: write())
    #expect(created == .written(version: 1))
    let again = store.set(key, to: value, of: "p", expected: 0, now: 0, write: write())
    #expect(again == .mismatch(version: 1))
    let next = store.set(key, to: value, of: "p", expected: 1, now: 0, write: write())
    #expect(next == .written(version: 2))
  }

  @Test mutating func `a write that is run again counts once and gets the first answer`() {
    var store = KeyValueStore()
    let call = write()
    let first = store.set(key, to: value, of: "p", expected: 0, now: 0, write: call)
    let second = store.set(key, to: value, of: "p", expected: 0, now: 0, write: call)
    #expect(first == .written(version: 1))
    #expect(second == first)
    let deletion = write()
    let gone = store.delete(key, of: "p", now: 0, write: deletion)
    let still = store.delete(key, of: "p", now: 0, write: deletion)
    #expect(gone == .written(version: 1))
    #expect(still == gone)
  }

  @Test mutating func `sizes are bounded, and expired values make room`() {
    var limits = KeyValueStore.Limits()
    limits.key = 4
    limits.value = 8
    limits.total = 16
    var store = KeyValueStore(limits: limits)
    let long = store.set(Array("kkkkk".utf8), to: value, of: "p", now: 0, write: write())
    #expect(long == .refused(.keyTooLong(limit: 4)))
    let wide = store.set(key, to: [UInt8](repeating: 0, count: 9), of: "p", now: 0, write: write())
    #expect(wide == .refused(.valueTooLong(limit: 8)))
    let eight = [UInt8](repeating: 0, count: 8)
    _ = store.set(Array("a".utf8), to: eight, of: "p", ttl: 5, now: 0, write: write())
    let full = store.set(Array("b".utf8), to: eight, of: "p", now: 4, write: write())
    #expect(full == .refused(.full))
    let room = store.set(Array("b".utf8), to: eight, of: "p", now: 5, write: write())
    #expect(room == .written(version: 2))
    let other = store.set(Array("b".utf8), to: eight, of: "q", now: 5, write: write())
    #expect(other == .written(version: 3), "another plugin has room of its own")
  }

  @Test mutating func `a write that cannot be remembered is not made`() {
    var limits = KeyValueStore.Limits()
    limits.writes.plugin = 2
    var store = KeyValueStore(limits: limits)
    let first = write()
    _ = store.set(key, to: value, of: "p", now: 0, write: first)
    _ = store.set(key, to: value, of: "p", now: 0, write: write())
    let third = write()
    let refused = store.set(key, to: [9], of: "p", now: 0, write: third)
    #expect(refused == .refused(.tooManyWrites))
    let gone = store.delete(key, of: "p", now: 0, write: write())
    #expect(gone == .refused(.tooManyWrites))
    #expect(store.get(key, of: "p", now: 0)?.value == value)
    let again = store.set(key, to: value, of: "p", now: 0, write: first)
    #expect(again == .written(version: 1), "nothing was forgotten for it")
    store.forget(exchange: first.exchange)
    let room = store.set(key, to: [9], of: "p", now: 0, write: third)
    #expect(room == .written(version: 3))
  }

  @Test mutating func `a time that the clock does not reach is never`() {
    var store = KeyValueStore()
    _ = store.set(key, to: value, of: "p", ttl: .max, now: 5, write: write())
    #expect(store.get(key, of: "p", now: 6)?.value == value)
    #expect(store.get(key, of: "p", now: .max)?.expires == nil)
  }

  @Test mutating func `a value that is set again has a new time`() {
    var store = KeyValueStore()
    _ = store.set(key, to: value, of: "p", ttl: 10, now: 0, write: write())
    _ = store.set(key, to: value, of: "p", ttl: 10, now: 9, write: write())
    #expect(store.get(key, of: "p", now: 18) != nil)
    _ = store.set(key, to: value, of: "p", now: 18, write: write())
    #expect(store.get(key, of: "p", now: .max) != nil)
  }

  @Test mutating func `what has expired is not there for a compare-and-set or a deletion`() {
    var store = KeyValueStore()
    _ = store.set(key, to: value, of: "p", ttl: 10, now: 0, write: write())
    let deleted = store.delete(key, of: "p", now: 10, write: write())
    #expect(deleted == .mismatch(version: 0))
    _ = store.set(key, to: value, of: "p", ttl: 10, now: 10, write: write())
    let stale = store.set(key, to: value, of: "p", expected: 2, now: 20, write: write())
    #expect(stale == .mismatch(version: 0))
    let created = store.set(key, to: value, of: "p", expected: 0, now: 20, write: write())
    #expect(created == .written(version: 3))
  }

  @Test mutating func `a version is never used twice, so what was deleted in between is noticed`() {
    var store = KeyValueStore()
    _ = store.set(key, to: value, of: "p", now: 0, write: write())
    _ = store.delete(key, of: "p", now: 0, write: write())
    _ = store.set(key, to: value, of: "p", now: 0, write: write())
    let old = store.set(key, to: value, of: "p", expected: 1, now: 0, write: write())
    #expect(old == .mismatch(version: 2))
  }

  @Test mutating func `a call that is run again sees its own first answer, whatever came since`() {
    var store = KeyValueStore()
    let call = write()
    let first = store.set(key, to: value, of: "p", expected: 0, now: 0, write: call)
    _ = store.set(key, to: [1], of: "p", now: 0, write: write())
    let again = store.set(key, to: value, of: "p", expected: 0, now: 0, write: call)
    #expect(again == first)
    #expect(store.get(key, of: "p", now: 0)?.value == [1], "it did not write a second time")
    let mismatched = write()
    let no = store.set(key, to: value, of: "p", expected: 9, now: 0, write: mismatched)
    _ = store.delete(key, of: "p", now: 0, write: write())
    let still = store.set(key, to: value, of: "p", expected: 9, now: 0, write: mismatched)
    #expect(no == .mismatch(version: 2))
    #expect(still == no)
  }

  @Test mutating func `values are counted as well as their bytes`() {
    var limits = KeyValueStore.Limits()
    limits.entries = 2
    var store = KeyValueStore(limits: limits)
    _ = store.set([1], to: [], of: "p", ttl: 5, now: 0, write: write())
    _ = store.set([2], to: [], of: "p", now: 0, write: write())
    let third = store.set([3], to: [], of: "p", now: 4, write: write())
    #expect(third == .refused(.full))
    let over = store.set([2], to: [9], of: "p", now: 4, write: write())
    #expect(over == .written(version: 3), "one that is there already takes no room")
    let later = store.set([3], to: [], of: "p", now: 5, write: write())
    #expect(later == .written(version: 4))
  }

  @Test mutating func `a write into a full store does not look at all that is in it`() {
    var limits = KeyValueStore.Limits()
    limits.entries = 50_000
    var store = KeyValueStore(limits: limits)
    for number in 0..<limits.entries {
      _ = store.set(Self.bytes(number), to: [], of: "p", ttl: 100, now: 0, write: write())
      store.forget(exchange: UInt64(writes))
    }
    // To look at each of them took a minute.
    let clock = ContinuousClock()
    let began = clock.now
    for number in 0..<20_000 {
      let key = Self.bytes(limits.entries + number)
      let refused = store.set(key, to: [], of: "p", ttl: 100, now: 99, write: write())
      #expect(refused == .refused(.full))
      store.forget(exchange: UInt64(writes))
    }
    #expect(clock.now - began < .seconds(5))
    let room = store.set(Self.bytes(limits.entries), to: [], of: "p", now: 100, write: write())
    #expect(room == .written(version: UInt64(limits.entries) + 1))
  }

  private static func bytes(_ number: Int) -> [UInt8] { Array("\(number)".utf8) }

  @Test mutating func `values that are replaced again and again leave nothing behind`() {
    var limits = KeyValueStore.Limits()
    limits.entries = 2
    var store = KeyValueStore(limits: limits)
    for step in UInt64(0)..<10_000 {
      _ = store.set([1], to: [], of: "p", ttl: 50_000 - step, now: step, write: write())
      store.forget(exchange: UInt64(writes))
    }
    #expect(store.expiryCount(of: "p") < 100)
    // The newest time counts.
    _ = store.set([1], to: [7], of: "p", ttl: 90_000, now: 10_000, write: write())
    _ = store.set([2], to: [], of: "p", now: 10_000, write: write())
    let full = store.set([3], to: [], of: "p", now: 60_000, write: write())
    #expect(full == .refused(.full))
    #expect(store.get([1], of: "p", now: 60_000)?.value == [7])
    let room = store.set([3], to: [], of: "p", now: 100_000, write: write())
    #expect(room == .written(version: 10_003))
  }

  @Test(arguments: UInt64(1)...8)
  mutating func `bytes are given back by deletion, replacement and expiry`(_ seed: UInt64) {
    var limits = KeyValueStore.Limits()
    limits.total = 10
    var store = KeyValueStore(limits: limits)
    var random = SplitMix(seed: seed)
    for step in 0..<2_000 {
      let key = [UInt8.random(in: 0..<4, using: &random)]
      let now = UInt64(step)
      if Bool.random(using: &random) {
        let count = Int.random(in: 0..<6, using: &random)
        let ttl = UInt64.random(in: 0..<3, using: &random)
        _ = store.set(
          key, to: Array(repeating: 0, count: count), of: "p", ttl: ttl, now: now, write: write())
      } else {
        _ = store.delete(key, of: "p", now: now, write: write())
      }
      let stored = (UInt8(0)..<4).compactMap { store.get([$0], of: "p", now: now) }
      #expect(stored.reduce(0) { $0 + 1 + $1.value.count } <= limits.total)
    }
    for key in UInt8(0)..<4 { _ = store.delete([key], of: "p", now: 9_999, write: write()) }
    let whole = store.set(
      [0], to: Array(repeating: 0, count: 9), of: "p", now: 9_999, write: write())
    guard case .written = whole else {
      Issue.record("the store is empty, and yet there is no room: \(whole)")
      return
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostServices

struct KeyValueStoreTests {
  private var writes: UInt32 = 0

  private mutating func write() -> KeyValueStore.WriteKey {
    writes += 1
    return .init(exchange: 1, instance: 1, phase: 1, ordinal: 0, sequence: writes)
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
    #expect(long == .refused(.keyTooLong))
    let wide = store.set(key, to: [UInt8](repeating: 0, count: 9), of: "p", now: 0, write: write())
    #expect(wide == .refused(.valueTooLong))
    let eight = [UInt8](repeating: 0, count: 8)
    _ = store.set(Array("a".utf8), to: eight, of: "p", ttl: 5, now: 0, write: write())
    let full = store.set(Array("b".utf8), to: eight, of: "p", now: 4, write: write())
    #expect(full == .refused(.full))
    let room = store.set(Array("b".utf8), to: eight, of: "p", now: 5, write: write())
    #expect(room == .written(version: 2))
    let other = store.set(Array("b".utf8), to: eight, of: "q", now: 5, write: write())
    #expect(other == .written(version: 3), "another plugin has room of its own")
  }

  @Test mutating func `what is remembered of writes is bounded`() {
    var limits = KeyValueStore.Limits()
    limits.writes = 2
    var store = KeyValueStore(limits: limits)
    let first = write()
    _ = store.set(key, to: value, of: "p", now: 0, write: first)
    _ = store.set(key, to: value, of: "p", now: 0, write: write())
    _ = store.set(key, to: value, of: "p", now: 0, write: write())
    let late = store.set(key, to: value, of: "p", now: 0, write: first)
    #expect(late == .written(version: 4))
  }
}

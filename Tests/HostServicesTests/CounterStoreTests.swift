// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import HostServices

struct CounterStoreTests {
  private var writes: UInt32 = 0

  private mutating func write() -> WriteKey {
    writes += 1
    return WriteKey(exchange: 1, instance: 1, phase: 1, call: writes, sequence: 0)
  }

  private let key = Array("k".utf8)

  private func added(_ value: Int64, until end: UInt64? = nil) -> CounterStore.OnAdd {
    .added(CounterStore.Count(value: value, end: end))
  }

  @Test mutating func `a counter begins at zero and adds up`() {
    var store = CounterStore()
    #expect(store.get(key, window: 0, of: "p", now: 7) == .init(value: 0, end: nil))
    let sums: [(by: Int64, sum: Int64)] = [(1, 1), (41, 42), (-50, -8), (0, -8)]
    for (amount, sum) in sums {
      let answer = store.add(amount, to: key, window: 0, of: "p", now: 7, write: write())
      #expect(answer == added(sum))
      #expect(store.get(key, window: 0, of: "p", now: .max).value == sum, "it never ends")
    }
  }

  @Test mutating func `a window is aligned to 1970 and begins anew at its end`() {
    var store = CounterStore()
    // (now, what the addition of 1 answers, end of the window)
    let steps: [(UInt64, Int64, UInt64)] = [
      (60_000, 1, 120_000), (61_000, 2, 120_000), (119_999, 3, 120_000), (120_000, 1, 180_000),
      (500_000, 1, 540_000), (539_999, 2, 540_000),
    ]
    for (now, sum, end) in steps {
      let answer = store.add(1, to: key, window: 60_000, of: "p", now: now, write: write())
      #expect(answer == added(sum, until: end))
    }
    #expect(store.get(key, window: 60_000, of: "p", now: 540_000) == .init(value: 0, end: 600_000))
  }

  @Test mutating func `keys, windows and plugins are counted apart`() {
    var store = CounterStore()
    let counters: [([UInt8], UInt64, String)] = [
      (key, 0, "p"), (key, 1000, "p"), (key, 2000, "p"), ([], 0, "p"), (key, 0, "q"),
    ]
    for (index, counter) in counters.enumerated() {
      let amount = Int64(index) + 1
      _ = store.add(
        amount, to: counter.0, window: counter.1, of: counter.2, now: 0, write: write())
    }
    for (index, counter) in counters.enumerated() {
      let count = store.get(counter.0, window: counter.1, of: counter.2, now: 0)
      #expect(count.value == Int64(index) + 1)
    }
  }

  @Test mutating func `an addition that is run again counts once and gets the first answer`() {
    var store = CounterStore()
    let call = write()
    let first = store.add(5, to: key, window: 1000, of: "p", now: 999, write: call)
    let other = WriteKey(exchange: 2, instance: 1, phase: 1, call: 1, sequence: 0)
    _ = store.add(1, to: key, window: 1000, of: "p", now: 999, write: other)
    let again = store.add(5, to: key, window: 1000, of: "p", now: 1000, write: call)
    #expect(first == added(5, until: 1000))
    #expect(again == first, "even in the next window")
    #expect(store.get(key, window: 1000, of: "p", now: 999).value == 6)
    #expect(store.get(key, window: 1000, of: "p", now: 1000).value == 0)
  }

  @Test mutating func `a sum that does not fit is refused and changes nothing`() {
    var store = CounterStore()
    for (start, amount) in [(Int64.max, Int64(1)), (.min, -1), (1, .max), (-2, .min)] {
      var store = CounterStore()
      _ = store.add(start, to: key, window: 0, of: "p", now: 0, write: write())
      let refused = store.add(amount, to: key, window: 0, of: "p", now: 0, write: write())
      #expect(refused == .refused(.overflow))
      #expect(store.get(key, window: 0, of: "p", now: 0).value == start)
    }
    let whole = store.add(.max, to: key, window: 0, of: "p", now: 0, write: write())
    #expect(whole == added(.max))
  }

  @Test mutating func `a window that the clock does not reach never ends`() {
    var store = CounterStore()
    _ = store.add(1, to: key, window: .max, of: "p", now: 1 << 40, write: write())
    #expect(store.get(key, window: .max, of: "p", now: 1 << 41).value == 1)
    #expect(store.get(key, window: .max - 1, of: "p", now: .max).end == .max)
  }

  @Test mutating func `a clock that is set back a little does not begin a window twice`() {
    var store = CounterStore()
    _ = store.add(1, to: key, window: 1000, of: "p", now: 5000, write: write())
    let back = store.add(1, to: key, window: 1000, of: "p", now: 4999, write: write())
    #expect(back == added(2, until: 6000))
    let far = store.add(1, to: key, window: 1000, of: "p", now: 3999, write: write())
    #expect(far == added(1, until: 4000), "set back by more, it counts by the new time")
  }

  @Test mutating func `keys are bounded`() {
    var limits = CounterStore.Limits()
    limits.key = 4
    var store = CounterStore(limits: limits)
    let long = Array("kkkkk".utf8)
    let refused = store.add(1, to: long, window: 0, of: "p", now: 0, write: write())
    #expect(refused == .refused(.keyTooLong(limit: 4)))
    #expect(store.get(long, window: 0, of: "p", now: 0).value == 0)
  }

  @Test mutating func `counters are bounded, and those whose window is over make room`() {
    for (counters, total) in [(2, 100), (100, 2)] {
      var limits = CounterStore.Limits()
      (limits.counters, limits.total) = (counters, total)
      var store = CounterStore(limits: limits)
      _ = store.add(1, to: [1], window: 1000, of: "p", now: 0, write: write())
      _ = store.add(7, to: [2], window: 0, of: "p", now: 0, write: write())
      let full = store.add(1, to: [3], window: 0, of: "p", now: 999, write: write())
      #expect(full == .refused(.full))
      let present = store.add(1, to: [1], window: 1000, of: "p", now: 999, write: write())
      #expect(present == added(2, until: 1000), "one that is there takes no room")
      let elsewhere = store.add(1, to: [3], window: 0, of: "q", now: 999, write: write())
      #expect(elsewhere == added(1), "another plugin has room of its own")
      let room = store.add(1, to: [3], window: 0, of: "p", now: 1000, write: write())
      #expect(room == added(1))
      #expect(store.get([2], window: 0, of: "p", now: 1000).value == 7, "it has no end")
      let again = store.add(1, to: [4], window: 0, of: "p", now: 1 << 40, write: write())
      #expect(again == .refused(.full))
    }
  }

  @Test mutating func `a clock that is set back far still finds the windows that are over`() {
    var limits = CounterStore.Limits()
    limits.counters = 1
    var store = CounterStore(limits: limits)
    _ = store.add(1, to: [1], window: 1000, of: "p", now: 100_000, write: write())
    let full = store.add(1, to: [2], window: 1000, of: "p", now: 100_500, write: write())
    #expect(full == .refused(.full))
    let back = store.add(1, to: [2], window: 1000, of: "p", now: 500, write: write())
    #expect(back == added(1, until: 1000))
  }

  @Test mutating func `an addition that cannot be remembered is not made`() {
    var limits = CounterStore.Limits()
    limits.writes.plugin = 1
    var store = CounterStore(limits: limits)
    let first = WriteKey(exchange: 1, instance: 1, phase: 1, call: 1, sequence: 0)
    let second = WriteKey(exchange: 2, instance: 1, phase: 1, call: 1, sequence: 0)
    _ = store.add(1, to: key, window: 0, of: "p", now: 0, write: first)
    let refused = store.add(1, to: key, window: 0, of: "p", now: 0, write: second)
    #expect(refused == .refused(.tooManyWrites))
    #expect(store.get(key, window: 0, of: "p", now: 0).value == 1)
    store.forget(exchange: 1)
    let room = store.add(1, to: key, window: 0, of: "p", now: 0, write: second)
    #expect(room == added(2))
  }

  @Test(arguments: UInt64(1)...8)
  mutating func `it counts as a plain table does`(_ seed: UInt64) {
    var limits = CounterStore.Limits()
    limits.counters = 4
    var store = CounterStore(limits: limits)
    var random = SplitMix(seed: seed)
    var table: [[UInt64]: Int64] = [:]
    var now: UInt64 = 0
    for _ in 0..<2_000 {
      now += UInt64.random(in: 0..<4, using: &random)
      let key = UInt8.random(in: 0..<5, using: &random)
      let window = UInt64.random(in: 1..<12, using: &random)
      let amount = Int64.random(in: -3...3, using: &random)
      let place = [UInt64(key), window, now / window]
      switch store.add(amount, to: [key], window: window, of: "p", now: now, write: write()) {
      case .added(let count):
        table[place, default: 0] += amount
        #expect(count.value == table[place])
        #expect(count.end == (now / window + 1) * window)
      case .refused(let refusal):
        #expect(refusal == .full)
        #expect(table[place] == nil, "one that is there takes no room")
        let present = table.keys.count { $0[2] == now / $0[1] }
        #expect(present >= limits.counters, "there was room")
      }
    }
    #expect(!table.isEmpty)
  }
}

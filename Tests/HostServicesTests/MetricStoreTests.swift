// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostServices

struct MetricStoreTests {
  @Test func `counters add up by their labels, in any order`() {
    var store = MetricStore()
    store.record("calls", labels: [("a", "1"), ("b", "2")], .counter, 1, time: 1)
    store.record("calls", labels: [("b", "2"), ("a", "1")], .counter, 2, time: 2)
    store.record("calls", labels: [], .counter, 5, time: 3)
    #expect(store.values == [#"calls{a="1",b="2"}"#: 3, "calls": 5])
  }

  @Test func `of a gauge the newest counts, over all event loops`() {
    var one = MetricStore()
    var other = MetricStore()
    one.record("depth", labels: [], .gauge, 7, time: 20)
    other.record("depth", labels: [], .gauge, 3, time: 10)
    one.merge(other)
    #expect(one.values == ["depth": 7])
    other.record("depth", labels: [], .gauge, 4, time: 30)
    one.merge(other)
    #expect(one.values == ["depth": 4])
  }

  @Test func `of a histogram there are count and sum`() {
    var store = MetricStore()
    for value in [0.5, 1.5] {
      store.record("time", labels: [("x", "y")], .histogram, value, time: 0)
    }
    #expect(store.values == [#"time_count{x="y"}"#: 2, #"time_sum{x="y"}"#: 2])
  }

  @Test func `a label's value cannot make another series`() {
    var store = MetricStore()
    store.record("n", labels: [("a", "1\",b=\"2\n\\")], .counter, 1, time: 0)
    #expect(store.values.keys.sorted() == [#"n{a="1\",b=\"2\n\\"}"#])
  }

  @Test func `series are bounded, and what is dropped is counted`() {
    var store = MetricStore()
    for number in 0..<MetricStore.limit + 3 {
      store.record("n", labels: [("id", "\(number)")], .counter, 1, time: 0)
    }
    #expect(store.values.count == MetricStore.limit)
    #expect(store.dropped == 3)
  }

  @Test func `a long name is dropped and counted`() {
    var store = MetricStore()
    let longest = String(repeating: "n", count: MetricStore.nameLimit)
    store.record(longest, labels: [], .counter, 1, time: 0)
    store.record("n", labels: [("id", longest)], .counter, 1, time: 0)
    #expect(store.values == [longest: 1])
    #expect(store.dropped == 1)
  }

  @Test func `what is no number is dropped and counted`() {
    var store = MetricStore()
    for value in [Double.nan, .infinity, -.infinity] {
      store.record("n", labels: [], .counter, value, time: 0)
    }
    store.record("n", labels: [], .counter, .greatestFiniteMagnitude, time: 0)
    store.record("n", labels: [], .counter, .greatestFiniteMagnitude, time: 0)
    #expect(store.values == ["n": .greatestFiniteMagnitude])
    #expect(store.dropped == 4)
  }

  @Test func `a histogram whose sum would be no number is left as it was`() {
    let declaration = MetricStore.Declaration(kind: .histogram, help: "", buckets: [1])
    func store(_ values: Double...) -> MetricStore {
      values.reduce(into: MetricStore()) {
        $0.record("n", labels: [], .histogram, $1, declared: declaration, time: 0)
      }
    }
    let largest = Double.greatestFiniteMagnitude
    var one = store(0, largest, largest)
    #expect(one.values == ["n_count": 2, "n_sum": largest] && one.dropped == 1)
    one.merge(store(largest))
    #expect(one.values == ["n_count": 2, "n_sum": largest] && one.dropped == 2)
    one.merge(store(1))
    #expect(one.values == ["n_count": 3, "n_sum": largest] && one.dropped == 2)
  }

  @Test func `what is of another kind does not fit, and leaves nothing in the way`() {
    var store = MetricStore()
    store.record("n", labels: [], .histogram, 1, time: 0)
    store.record("n", labels: [("a", "1")], .counter, 1, time: 0)
    #expect(store.dropped == 1)
    store.record("n", labels: [("a", "1")], .histogram, 2, time: 0)
    #expect(store.values[#"n_count{a="1"}"#] == 1 && store.dropped == 1)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostServices

struct MetricPageTests {
  private var page: MetricPage {
    var store = MetricStore()
    let sizes = MetricStore.Declaration(kind: .histogram, help: "How large.", buckets: [1, 2.5])
    for value in [0.5, 1, 2, 7] {
      store.record(
        "size_bytes", labels: [("b", "2"), ("a", "1")], .histogram, value, declared: sizes, time: 0)
    }
    store.record(
      "cost_total", labels: [], .counter, 0, exact: (315, -8),
      declared: .init(kind: .counter, help: "Of \"all\"\nin \\."), time: 0)
    store.record("plain", labels: [], .counter, 2, time: 0)
    store.record("depth", labels: [("x", "é\"\\\n")], .gauge, 1.5, time: 0)
    var page = MetricPage()
    store.show(on: &page)
    return page
  }

  @Test func `the text format has help, type and cumulative buckets`() {
    let expected = #"""
      # HELP cost_total Of "all"\nin \\.
      # TYPE cost_total counter
      cost_total 0.00000315
      # TYPE depth gauge
      depth{x="é\"\\\n"} 1.5
      # TYPE plain counter
      plain 2
      # HELP size_bytes How large.
      # TYPE size_bytes histogram
      size_bytes_bucket{a="1",b="2",le="1"} 2
      size_bytes_bucket{a="1",b="2",le="2.5"} 3
      size_bytes_bucket{a="1",b="2",le="+Inf"} 4
      size_bytes_sum{a="1",b="2"} 10.5
      size_bytes_count{a="1",b="2"} 4

      """#
    #expect(page.text(.text) == expected)
  }

  @Test func `OpenMetrics names families of counters without their ending, and has an end`() {
    let text = page.text(.openMetrics)
    #expect(text.contains("# TYPE cost counter\ncost_total 0.00000315\n"))
    #expect(text.contains(#"# HELP cost Of \"all\"\nin \\."#))
    #expect(text.contains("# TYPE plain unknown\nplain 2\n"))
    #expect(text.hasSuffix("# EOF\n"))
  }

  @Test func `histograms without declared buckets have one`() {
    var store = MetricStore()
    store.record("time", labels: [], .histogram, 3, time: 0)
    var page = MetricPage()
    store.show(on: &page)
    #expect(
      page.text(.text)
        == "# TYPE time histogram\ntime_bucket{le=\"+Inf\"} 1\ntime_sum 3\ntime_count 1\n")
  }

  @Test func `loops are put together`() {
    let declared = MetricStore.Declaration(kind: .histogram, help: "", buckets: [1, 2])
    var one = MetricStore()
    var other = MetricStore()
    one.record("h", labels: [], .histogram, 1, declared: declared, time: 0)
    other.record("h", labels: [], .histogram, 5, declared: declared, time: 0)
    other.record("c_total", labels: [], .counter, 0, exact: (1, -1), time: 0)
    one.record("c_total", labels: [], .counter, 0, exact: (2, -1), time: 0)
    one.merge(other)
    var page = MetricPage()
    one.show(on: &page)
    #expect(page.text(.text).contains("c_total 0.3\n"))
    #expect(
      page.text(.text).contains(
        "h_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 1\nh_bucket{le=\"+Inf\"} 2\n"))
  }

  @Test func `what cannot be shown is dropped and counted`() {
    var store = MetricStore()
    store.record("a b", labels: [], .counter, 1, time: 0)
    store.record("1a", labels: [], .counter, 1, time: 0)
    store.record("", labels: [], .counter, 1, time: 0)
    store.record("n", labels: [("a-b", "1")], .counter, 1, time: 0)
    store.record("patchbay_mine", labels: [], .counter, 1, time: 0)
    store.record("n", labels: [], .counter, 0, exact: (1, 65), time: 0)
    #expect(store.values.isEmpty && store.dropped == 6)
    store.record("n", labels: [], .counter, 1, time: 0)
    store.record("n", labels: [], .gauge, 1, time: 0)
    store.record(
      "m", labels: [], .counter, 1, declared: .init(kind: .gauge, help: ""), time: 0)
    #expect(store.values == ["n": 1] && store.dropped == 8)
  }

  @Test func `durations find their bucket`() {
    for (nanoseconds, bucket): (UInt64, Int) in [
      (0, 0), (16_000, 0), (16_001, 1), (32_000, 1), (32_001, 2), (64_000, 2), (1_000_000, 6),
      (8_388_608_000, 19), (8_388_608_001, 20), (.max / 2, 20),
    ] {
      var histogram = DurationHistogram()
      histogram.add(nanoseconds)
      guard case .histogram(let bounds, let counts, _) = histogram.value else {
        Issue.record("no histogram")
        continue
      }
      #expect(counts.firstIndex(of: 1) == bucket, "\(nanoseconds)")
      if bucket < bounds.count { #expect(Double(nanoseconds) / 1e9 <= bounds[bucket]) }
      if bucket > 0 { #expect(Double(nanoseconds) / 1e9 > bounds[bucket - 1]) }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import HostPools

struct CallTallyTests {
  @Test func `calls and failures are counted`() {
    var tally = CallTally()
    tally.record(duration: 10, failed: false)
    tally.record(duration: 10, failed: true)
    #expect((tally.calls, tally.failed) == (2, 1))
    #expect(CallTally().percentile(0.5) == nil)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `percentiles are right to within a bucket`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var (one, other) = (CallTally(), CallTally())
    var durations: [UInt64] = []
    for number in 0..<500 {
      let duration = random.next() >> (24 + random.next() % 40)
      durations.append(duration)
      if number % 2 == 0 {
        one.record(duration: duration, failed: false)
      } else {
        other.record(duration: duration, failed: false)
      }
    }
    one.merge(other)
    durations.sort()
    for share in [0.01, 0.5, 0.9, 0.99, 1.0] {
      let exact = durations[Int((share * 500).rounded(.up)) - 1]
      let told = try #require(one.percentile(share))
      #expect(told >= exact)
      #expect(Double(told) <= Double(exact) * 1.25 + 1)
    }
  }
}

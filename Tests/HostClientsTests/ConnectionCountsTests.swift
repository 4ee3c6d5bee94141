// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import HostClients

struct ConnectionCountsTests {
  private static let one = IPAddress("10.0.0.1"), other = IPAddress("10.0.0.2")

  @Test func `no more than the limit, of one address and of all`() throws {
    var counts = ConnectionCounts(limit: 3, limitOfAddress: 2)
    try counts.enter(Self.one)
    try counts.enter(Self.one)
    #expect(throws: ConnectionCounts.Refusal.address) { try counts.enter(Self.one) }
    try counts.enter(Self.other)
    #expect(throws: ConnectionCounts.Refusal.total) { try counts.enter(Self.other) }
    counts.leave(Self.one)
    try counts.enter(Self.one)
    #expect(counts.total == 3)
  }

  @Test func `who speaks for many is counted with all only`() throws {
    var counts = ConnectionCounts(limit: 5, limitOfAddress: 1)
    for _ in 0..<5 { try counts.enter(nil) }
    #expect(throws: ConnectionCounts.Refusal.total) { try counts.enter(nil) }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `addresses that left are not kept`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    var counts = ConnectionCounts(limit: 50, limitOfAddress: 5)
    var inside: [IPAddress] = []
    for _ in 0..<2000 {
      if random.next() % 2 == 0 {
        let address = IPAddress(v4: UInt32(random.next() % 30))
        let fits = inside.count < 50 && inside.count { $0 == address } < 5
        do {
          try counts.enter(address)
          inside.append(address)
          #expect(fits)
        } catch {
          #expect(!fits)
        }
      } else if !inside.isEmpty {
        counts.leave(inside.remove(at: Int(random.next() % UInt64(inside.count))))
      }
      #expect(counts.total == inside.count)
      #expect(counts.addresses == Set(inside).count)
    }
  }

  @Test func `a flood of lines is a few lines and a number`() {
    var throttle = LogThrottle(limit: 2)
    #expect(throttle.pass(now: 5_000_000_000) == 0)
    #expect(throttle.pass(now: 5_100_000_000) == 0)
    for _ in 0..<7 { #expect(throttle.pass(now: 5_900_000_000) == nil) }
    #expect(throttle.pass(now: 6_000_000_000) == 7)
    #expect(throttle.pass(now: 6_000_000_001) == 0)
    #expect(throttle.pass(now: 6_000_000_002) == nil)
  }
}

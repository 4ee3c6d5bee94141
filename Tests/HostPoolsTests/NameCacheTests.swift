// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostPools

/// A cache whose times are easy to count.
private final class Cached {
  private var cache: NameCache<String>

  init(_ change: (inout NameCache<String>.Times) -> Void = { _ in }) {
    var times = NameCache<String>.Times()
    times.stale = 1000
    times.notFound = 30
    times.error = 5
    times.least = 2
    change(&times)
    cache = NameCache(times: times)
  }

  func find(_ now: UInt64) -> NameCache<String>.Answer { cache.find("a", now: now) }
  func isDue(_ now: UInt64) -> Bool { cache.isDue("a", now: now) }
  func found(_ addresses: [String], for time: UInt64, _ now: UInt64) -> Bool {
    cache.found("a", addresses, for: time, now: now)
  }
  func failed(isMissing: Bool, _ now: UInt64) { cache.failed("a", isMissing: isMissing, now: now) }
  func expire(_ now: UInt64) -> Int {
    cache.expire(now: now)
    return cache.count
  }
}

struct NameCacheTests {
  @Test func `one looks up, the others wait`() {
    let cached = Cached()
    #expect(cached.find(0) == .unknown(lookUp: true))
    #expect(cached.find(1) == .unknown(lookUp: false))
    #expect(cached.found(["1"], for: 10, 2))
    #expect(cached.find(3) == .addresses(["1"], lookUp: false))
  }

  @Test func `addresses are used in turn`() {
    let cached = Cached()
    _ = cached.found(["1", "2", "3"], for: 100, 0)
    #expect(cached.find(1) == .addresses(["1", "2", "3"], lookUp: false))
    #expect(cached.find(1) == .addresses(["2", "3", "1"], lookUp: false))
    #expect(!cached.found(["3", "1", "2"], for: 100, 2), "shuffled, and the same")
    #expect(cached.find(3) == .addresses(["3", "1", "2"], lookUp: false))
    #expect(cached.find(3) == .addresses(["1", "2", "3"], lookUp: false))
  }

  @Test func `old addresses are used while one looks them up`() {
    let cached = Cached()
    _ = cached.found(["1"], for: 10, 0)
    #expect(!cached.isDue(9))
    #expect(cached.find(9) == .addresses(["1"], lookUp: false))
    #expect(cached.find(10) == .addresses(["1"], lookUp: true))
    #expect(cached.find(11) == .addresses(["1"], lookUp: false))
    #expect(cached.found(["2"], for: 10, 12))
    #expect(cached.find(12) == .addresses(["2"], lookUp: false))
    #expect(cached.isDue(22))
    #expect(!cached.isDue(22), "somebody does already")
  }

  @Test func `old addresses are used on when the lookup fails, until they are too old`() {
    let cached = Cached()
    _ = cached.found(["1"], for: 10, 0)
    #expect(cached.find(10) == .addresses(["1"], lookUp: true))
    cached.failed(isMissing: false, 11)
    #expect(cached.find(12) == .addresses(["1"], lookUp: false), "not at once again")
    #expect(cached.find(16) == .addresses(["1"], lookUp: true))
    cached.failed(isMissing: false, 1009)
    #expect(cached.find(1009) == .addresses(["1"], lookUp: false))
    #expect(cached.find(1010) == .failed)
    #expect(cached.find(1014) == .unknown(lookUp: true))
  }

  @Test func `a name that is gone has no old addresses`() {
    let cached = Cached()
    _ = cached.found(["1"], for: 10, 0)
    #expect(cached.find(10) == .addresses(["1"], lookUp: true))
    cached.failed(isMissing: true, 11)
    #expect(cached.find(12) == .failed)
    #expect(cached.find(41) == .unknown(lookUp: true))
  }

  @Test func `failures are remembered for their time`() {
    let cached = Cached()
    #expect(cached.find(0) == .unknown(lookUp: true))
    cached.failed(isMissing: false, 1)
    #expect(cached.find(5) == .failed)
    #expect(cached.find(6) == .unknown(lookUp: true))
    _ = cached.found([], for: 100, 7)
    #expect(cached.find(36) == .failed, "no addresses: it is missing")
    #expect(cached.find(37) == .unknown(lookUp: true))
  }

  @Test func `times can be set, and are never nothing`() {
    let cached = Cached { $0.valid = 50 }
    _ = cached.found(["1"], for: 10, 0)
    #expect(cached.find(49) == .addresses(["1"], lookUp: false))
    let short = Cached()
    _ = short.found(["1"], for: 0, 0)
    #expect(short.find(1) == .addresses(["1"], lookUp: false))
    #expect(short.find(2) == .addresses(["1"], lookUp: true))
  }

  @Test func `what nobody can use is forgotten`() {
    let cached = Cached()
    #expect(cached.find(0) == .unknown(lookUp: true))
    #expect(cached.expire(1_000_000) == 1, "somebody waits for it")
    _ = cached.found(["1"], for: 10, 0)
    #expect(cached.expire(1009) == 1)
    #expect(cached.expire(1010) == 0)
    cached.failed(isMissing: true, 0)
    #expect(cached.expire(29) == 1)
    #expect(cached.expire(30) == 0)
  }
}

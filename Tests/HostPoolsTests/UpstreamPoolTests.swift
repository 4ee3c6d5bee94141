// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostPools

extension Origin: ExpressibleByStringLiteral {
  /// A host, at port 80.
  public init(stringLiteral host: String) { self.init(isSecure: false, host: host, port: 80) }
}

struct UpstreamPoolTests {
  @Test func `the connection that was put back last is used first`() {
    var pool = UpstreamPool(idleLimit: 8, idleTime: 100)
    let answer1 = pool.checkIn(1, for: "a", now: 0)
    #expect(answer1 == nil)
    let answer2 = pool.checkIn(2, for: "a", now: 1)
    #expect(answer2 == nil)
    let answer3 = pool.checkOut("a")
    #expect(answer3 == 2)
    let answer4 = pool.checkOut("a")
    #expect(answer4 == 1)
    let answer5 = pool.checkOut("a")
    #expect(answer5 == nil)
  }

  @Test func `origins are apart`() {
    var pool = UpstreamPool(idleLimit: 8, idleTime: 100)
    _ = pool.checkIn(1, for: "a", now: 0)
    let answer6 = pool.checkOut("b")
    #expect(answer6 == nil)
    #expect(pool.idleCount == 1)
  }

  @Test func `one too many closes the oldest`() {
    var pool = UpstreamPool(idleLimit: 2, idleTime: 100)
    _ = pool.checkIn(1, for: "a", now: 0)
    _ = pool.checkIn(2, for: "a", now: 0)
    let answer7 = pool.checkIn(3, for: "a", now: 0)
    #expect(answer7 == 1)
    #expect(pool.idleCount == 2)
  }

  @Test func `the old are closed, and only they`() {
    var pool = UpstreamPool(idleLimit: 8, idleTime: 100)
    _ = pool.checkIn(1, for: "a", now: 0)
    _ = pool.checkIn(2, for: "a", now: 60)
    _ = pool.checkIn(3, for: "b", now: 10)
    let answer8 = pool.expired(now: 105)
    #expect(answer8 == [1])
    let answer9 = pool.expired(now: 110)
    #expect(answer9 == [3])
    let answer10 = pool.checkOut("a")
    #expect(answer10 == 2)
    #expect(pool.idleCount == 0)
  }

  @Test func `a connection closed by its peer is forgotten`() {
    var pool = UpstreamPool(idleLimit: 8, idleTime: 100)
    _ = pool.checkIn(1, for: "a", now: 0)
    let answer11 = pool.closed(1, for: "a")
    #expect(answer11)
    let answer12 = pool.closed(1, for: "a")
    #expect(!answer12)
    let answer13 = pool.checkOut("a")
    #expect(answer13 == nil)
  }
}

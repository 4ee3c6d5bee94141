// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostPools

extension Origin: ExpressibleByStringLiteral {
  /// A host, at port 80.
  public init(stringLiteral host: String) { self.init(isSecure: false, host: host, port: 80) }
}

/// A pool, and what it wants done.
private final class Pooled {
  var pool: UpstreamPool
  var actions: [UpstreamPool.Action] = []

  init(_ change: (inout UpstreamPool.Limits) -> Void = { _ in }) {
    var limits = UpstreamPool.Limits()
    limits.idleTime = 100
    change(&limits)
    pool = UpstreamPool(limits: limits)
  }

  func request(
    _ request: UInt64, to origin: Origin = "a", isFresh: Bool = false, mayBeShared: Bool = false
  ) -> UpstreamPool.Answer {
    pool.request(request, to: origin, isFresh: isFresh, mayBeShared: mayBeShared, &actions)
  }

  /// A connection that is idle.
  func idle(to origin: Origin = "a", now: UInt64 = 0) -> UInt64? {
    guard case .connect(let id) = request(1000, to: origin, isFresh: true) else { return nil }
    pool.connected(id, capacity: 1, now: now, &actions)
    pool.released(id, now: now, &actions)
    actions.removeAll()
    return id
  }

  func checkOut(_ origin: Origin) -> UInt64? { pool.checkOut(origin) }

  /// What it has wanted since the last time.
  func taken() -> [UpstreamPool.Action] {
    defer { actions.removeAll() }
    return actions
  }

  func connected(_ id: UInt64, capacity: Int = 1, now: UInt64 = 0)
    -> [UpstreamPool.Action]
  {
    pool.connected(id, capacity: capacity, now: now, &actions)
    return taken()
  }

  func released(_ id: UInt64, now: UInt64 = 0) -> [UpstreamPool.Action] {
    pool.released(id, now: now, &actions)
    return taken()
  }

  func closed(_ id: UInt64) -> [UpstreamPool.Action] {
    pool.closed(id, &actions)
    return taken()
  }
}

struct UpstreamPoolTests {
  @Test func `the connection that was given back last is used first`() throws {
    let pooled = Pooled()
    let first = try #require(pooled.idle())
    guard case .connect(let second) = pooled.request(1, isFresh: true) else {
      Issue.record("no second connection")
      return
    }
    #expect(pooled.connected(second) == [.use(second, 1)])
    #expect(pooled.released(second) == [])
    #expect(pooled.checkOut("a") == second)
    #expect(pooled.checkOut("a") == first)
    #expect(pooled.checkOut("a") == nil)
  }

  @Test func `origins are apart`() throws {
    let pooled = Pooled()
    _ = try #require(pooled.idle())
    #expect(pooled.checkOut("b") == nil)
    #expect(pooled.pool.idleCount == 1)
  }

  @Test func `one idle connection too many closes the oldest`() {
    let pooled = Pooled { $0.idle = 2 }
    for request: UInt64 in 1...3 {
      #expect(pooled.request(request) == .connect(request))
      #expect(pooled.connected(request) == [.use(request, request)])
    }
    #expect(pooled.released(1) == [])
    #expect(pooled.released(2) == [])
    #expect(pooled.released(3) == [.close(1)])
    #expect(pooled.pool.count == 2)
  }

  @Test func `the old are closed, and only they`() {
    let pooled = Pooled()
    for request: UInt64 in 1...3 {
      #expect(pooled.request(request) == .connect(request))
      #expect(pooled.connected(request) == [.use(request, request)])
    }
    #expect(pooled.released(1, now: 0) == [])
    #expect(pooled.released(2, now: 60) == [])
    pooled.pool.expire(now: 105, &pooled.actions)
    #expect(pooled.taken() == [.close(1)])
    pooled.pool.expire(now: 1000, &pooled.actions)
    #expect(pooled.taken() == [.close(2)], "3 is in use")
    #expect(pooled.pool.count == 1)
  }

  @Test func `a connection closed by its peer is forgotten`() throws {
    let pooled = Pooled()
    let id = try #require(pooled.idle())
    #expect(pooled.closed(id) == [])
    #expect(pooled.closed(id) == [])
    #expect(pooled.checkOut("a") == nil)
    #expect(pooled.pool.count == 0)
    #expect(pooled.pool.idleCount == 0)
    #expect(pooled.pool.origins == [])
  }

  @Test func `who comes when all are in use waits, in order, and then is refused`() {
    let pooled = Pooled {
      $0.connections = 1
      $0.waiting = 2
    }
    #expect(pooled.request(1) == .connect(1))
    #expect(pooled.request(2) == .wait)
    #expect(pooled.request(3) == .wait)
    #expect(pooled.request(4) == .refuse)
    #expect(pooled.pool.isFull("a"))
    #expect(pooled.request(5, to: "b") == .connect(2), "another origin has its own")
    #expect(pooled.connected(1) == [.use(1, 1)])
    #expect(pooled.released(1) == [.use(1, 2)])
    #expect(pooled.closed(1) == [.connect(3, 3)])
    #expect(pooled.connected(3) == [.use(3, 3)])
    #expect(pooled.released(3) == [])
    #expect(pooled.request(6) == .use(3))
  }

  @Test func `who does not wait any more is passed over`() {
    let pooled = Pooled { $0.connections = 1 }
    #expect(pooled.request(1) == .connect(1))
    #expect(pooled.request(2) == .wait)
    #expect(pooled.request(3) == .wait)
    pooled.pool.cancel(2, to: "a")
    #expect(pooled.connected(1) == [.use(1, 1)])
    #expect(pooled.released(1) == [.use(1, 3)])
  }

  @Test func `a connection that was made for somebody who left serves the next`() {
    let pooled = Pooled { $0.connections = 1 }
    #expect(pooled.request(1) == .connect(1))
    #expect(pooled.request(2) == .wait)
    pooled.pool.cancel(1, to: "a")
    #expect(pooled.connected(1) == [.use(1, 2)])
  }

  @Test func `a connection that cannot be made makes room`() {
    let pooled = Pooled { $0.connections = 1 }
    #expect(pooled.request(1) == .connect(1))
    #expect(pooled.request(2) == .wait)
    #expect(pooled.closed(1) == [.connect(2, 2)])
  }

  @Test func `a fresh connection takes the place of an idle one where there may be no more`() throws
  {
    let pooled = Pooled { $0.connections = 1 }
    let old = try #require(pooled.idle())
    #expect(pooled.request(1, isFresh: true) == .connect(old + 1))
    #expect(pooled.taken() == [.close(old)])
  }

  @Test func `a connection is closed behind as many requests as it may carry`() {
    let pooled = Pooled { $0.requests = 2 }
    #expect(pooled.request(1) == .connect(1))
    #expect(pooled.connected(1) == [.use(1, 1)])
    #expect(pooled.released(1) == [])
    #expect(pooled.request(2) == .use(1))
    #expect(pooled.released(1) == [.close(1)])
    #expect(pooled.pool.count == 0)
  }

  @Test func `a retired connection finishes what it carries`() throws {
    let pooled = Pooled()
    let idle = try #require(pooled.idle())
    #expect(pooled.request(1, isFresh: true) == .connect(idle + 1))
    #expect(pooled.connected(idle + 1) == [.use(idle + 1, 1)])
    pooled.pool.retire("a", &pooled.actions)
    #expect(pooled.taken() == [.close(idle)])
    #expect(pooled.request(2) == .connect(idle + 2), "it takes no more")
    #expect(pooled.released(idle + 1) == [.close(idle + 1)])
  }

  @Test func `a connection retired while it is made carries what it was made for`() {
    let pooled = Pooled()
    #expect(pooled.request(1) == .connect(1))
    pooled.pool.retire("a", &pooled.actions)
    #expect(pooled.taken() == [])
    #expect(pooled.connected(1) == [.use(1, 1)])
    #expect(pooled.released(1) == [.close(1)])
  }
}

struct SharedConnectionTests {
  @Test func `all wait for the one connection that may carry them`() {
    let pooled = Pooled()
    #expect(pooled.request(1, mayBeShared: true) == .connect(1))
    #expect(pooled.request(2, mayBeShared: true) == .wait)
    #expect(pooled.request(3, mayBeShared: true) == .wait)
    #expect(pooled.connected(1, capacity: 100) == [.use(1, 1), .use(1, 2), .use(1, 3)])
    #expect(pooled.request(4, mayBeShared: true) == .use(1))
    #expect(pooled.pool.count == 1)
  }

  @Test func `they get connections of their own when it carries one request at a time`() {
    let pooled = Pooled()
    #expect(pooled.request(1, mayBeShared: true) == .connect(1))
    #expect(pooled.request(2, mayBeShared: true) == .wait)
    #expect(pooled.request(3, mayBeShared: true) == .wait)
    #expect(pooled.connected(1) == [.use(1, 1), .connect(2, 2), .connect(3, 3)])
    #expect(pooled.request(4, mayBeShared: true) == .connect(4), "it is known now")
  }

  @Test func `one that is full makes one more`() {
    let pooled = Pooled()
    #expect(pooled.request(1, mayBeShared: true) == .connect(1))
    #expect(pooled.connected(1, capacity: 2) == [.use(1, 1)])
    #expect(pooled.request(2, mayBeShared: true) == .use(1))
    #expect(pooled.request(3, mayBeShared: true) == .connect(2))
    #expect(pooled.request(4, mayBeShared: true) == .wait)
    #expect(pooled.released(1) == [.use(1, 4)])
  }

  @Test func `the peer changes how many it can carry`() {
    let pooled = Pooled { $0.connections = 1 }
    #expect(pooled.request(1, mayBeShared: true) == .connect(1))
    #expect(pooled.connected(1, capacity: 2) == [.use(1, 1)])
    pooled.pool.capacityChanged(1, to: 1, &pooled.actions)
    #expect(pooled.request(2, mayBeShared: true) == .wait)
    pooled.pool.capacityChanged(1, to: 3, &pooled.actions)
    #expect(pooled.taken() == [.use(1, 2)])
    #expect(pooled.request(3, mayBeShared: true) == .use(1))
    pooled.pool.capacityChanged(1, to: 0, &pooled.actions)
    #expect(pooled.released(1) == [])
    #expect(pooled.released(1) == [])
    #expect(pooled.released(1) == [.close(1)])
  }

  @Test func `a failed attempt is followed by the next in line`() {
    let pooled = Pooled()
    #expect(pooled.request(1, mayBeShared: true) == .connect(1))
    #expect(pooled.request(2, mayBeShared: true) == .wait)
    #expect(pooled.request(3, mayBeShared: true) == .wait)
    #expect(pooled.closed(1) == [.connect(2, 2)])
    #expect(pooled.connected(2, capacity: 9) == [.use(2, 2), .use(2, 3)])
  }
}

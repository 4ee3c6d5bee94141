// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostPools

/// Releases in a pool: who takes whose calls while versions come and go.
struct ReleaseTests {
  private func acquire(
    _ pool: inout PluginPool, _ demand: PluginPool.Demand
  ) -> PluginPool.OnAcquire {
    pool.acquire(.random(in: .min ... .max), for: demand)
  }

  /// Release 1 on lane 10, release 2 on lane 20.
  private func pair(_ first: UInt32 = 1, _ second: UInt32 = 1) -> PluginPool {
    var pool = PluginPool(queueLimit: 8)
    pool.announced(1, stateVersion: first)
    pool.announced(2, stateVersion: second)
    pool.published(10, of: 1, capacity: 4)
    pool.published(20, of: 2, capacity: 4)
    return pool
  }

  @Test func `a call goes to the release that its exchange names`() {
    var pool = pair()
    for _ in 0..<3 {
      #expect(acquire(&pool, .init(release: 1)) == .lane(10))
      #expect(acquire(&pool, .init(release: 2)) == .lane(20))
    }
  }

  @Test func `a successor takes the calls, and gives them back`() {
    var pool = pair()
    pool.replaced(1, by: 2)
    #expect(acquire(&pool, .init(release: 1)) == .lane(20))
    #expect(acquire(&pool, .init(release: 1, isExact: true)) == .lane(10))
    pool.replaced(1, by: nil)
    #expect(acquire(&pool, .init(release: 1)) == .lane(10))
  }

  @Test func `who wants the very release that is gone gets its successor`() {
    var pool = pair()
    pool.replaced(1, by: 2)
    pool.withdrawn(10)
    pool.forgotten(1)
    #expect(acquire(&pool, .init(release: 1, isExact: true)) == .lane(20))
  }

  @Test func `a chain of releases that are gone leads to the last one`() {
    var pool = PluginPool(queueLimit: 8)
    for release in UInt64(1)...1000 {
      pool.announced(release, stateVersion: 1)
      guard release > 1 else { continue }
      pool.replaced(release - 1, by: release)
      pool.forgotten(release - 1)
    }
    pool.published(7, of: 1000, capacity: 1000)
    for release in UInt64(1)...1000 {
      #expect(acquire(&pool, .init(release: release)) == .lane(7))
    }
  }

  @Test func `a checkpoint does not go to a release that cannot read it`() {
    var pool = pair(1, 2)
    pool.replaced(1, by: 2)
    #expect(acquire(&pool, .init(release: 1, stateVersion: 1)) == .unavailable)
    #expect(acquire(&pool, .init(release: 1)) == .lane(20), "without one it starts anew")
    #expect(acquire(&pool, .init(release: 1, stateVersion: 2)) == .lane(20))
  }

  @Test func `nobody waits for a release that is unknown or has no hope`() {
    var pool = pair()
    #expect(acquire(&pool, .init(release: 3)) == .unavailable)
    pool.withdrawn(10)
    #expect(pool.acquire(1, for: .init(release: 1)) == .queued)
    #expect(pool.acquire(2, for: .init(release: 1)) == .queued)
    #expect(pool.hopeless() == nil)
    pool.available(1, false)
    #expect(pool.hopeless() == 1)
    #expect(pool.hopeless() == 2)
    #expect(pool.hopeless() == nil)
    #expect(acquire(&pool, .init(release: 1)) == .unavailable)
    pool.available(1, true)
    #expect(acquire(&pool, .init(release: 1)) == .queued)
  }

  @Test func `those who wait for one release do not hold up another`() {
    var pool = pair()
    pool.draining(10)
    #expect(pool.acquire(1, for: .init(release: 1)) == .queued)
    #expect(acquire(&pool, .init(release: 2)) == .lane(20))
    #expect(pool.waiting() == nil)
    pool.replaced(1, by: 2)
    let served = pool.waiting()
    #expect(served?.waiter == 1)
    #expect(served?.lane == 20)
  }

  @Test func `suspects run one at a time, and hold up nobody else`() {
    var pool = pair()
    let suspect = PluginPool.Demand(release: 1, isSuspect: true)
    pool.turnCame()
    #expect(pool.acquire(1, for: suspect) == .lane(10))
    #expect(pool.acquire(2, for: suspect) == .queued)
    #expect(acquire(&pool, .init(release: 1)) == .lane(10))
    #expect(pool.waiting() == nil)
    #expect(pool.suspectWaits)
    pool.turnCame()
    #expect(pool.waiting()?.waiter == 2)
  }
}

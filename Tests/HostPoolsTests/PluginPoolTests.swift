// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import HostPools

struct PluginPoolTests {
  /// A call that takes any process.
  private let any = PluginPool.Demand(release: 1)

  @Test func `the fewest calls in flight win, and a warm lane among equals`() {
    var pool = PluginPool.serving(queueLimit: 4)
    pool.published(1, of: 1, capacity: 8)
    pool.published(2, of: 1, capacity: 8)
    guard case .lane(let first) = pool.acquire(100, for: any) else { return #expect(Bool(false)) }
    guard case .lane(let second) = pool.acquire(101, for: any) else { return #expect(Bool(false)) }
    #expect(first != second)
    pool.released(second)
    pool.released(first)
    let answer1 = pool.acquire(102, for: any)
    #expect(answer1 == .lane(second), "the one that was used last is warm")
  }

  @Test func `a slow lane gets a call only when no other has room, until it is back in time`() {
    var pool = PluginPool.serving(queueLimit: 4)
    pool.published(1, of: 1, capacity: 2)
    pool.published(2, of: 1, capacity: 2)
    pool.slow(1, true)
    for waiter: UInt64 in 1...2 {
      let answer = pool.acquire(waiter, for: any)
      #expect(answer == .lane(2), "though it has more in flight")
    }
    let full = pool.acquire(3, for: any)
    #expect(full == .lane(1), "better than to wait")
    pool.released(2)
    let room = pool.acquire(4, for: any)
    #expect(room == .lane(2))
    pool.slow(1, false)
    pool.released(2)
    pool.released(1)
    let back = pool.acquire(5, for: any)
    #expect(back == .lane(1), "the fewest in flight")
    // One that is gone is nobody's concern.
    pool.slow(99, true)
  }

  @Test func `all lanes slow are as good as none`() {
    var pool = PluginPool.serving(queueLimit: 4)
    for lane: UInt64 in 1...2 {
      pool.published(lane, of: 1, capacity: 2)
      pool.slow(lane, true)
    }
    let first = pool.acquire(1, for: any)
    let second = pool.acquire(2, for: any)
    #expect(first != second, "the fewest in flight")
    #expect([first, second].allSatisfy { $0 == .lane(1) || $0 == .lane(2) })
  }

  @Test func `calls wait in order when no lane has room, and the queue is bounded`() {
    var pool = PluginPool.serving(queueLimit: 2)
    let answer2 = pool.acquire(1, for: any)
    #expect(answer2 == .queued)
    let answer3 = pool.acquire(2, for: any)
    #expect(answer3 == .queued)
    let answer4 = pool.acquire(3, for: any)
    #expect(answer4 == .overloaded)
    let answer5 = pool.waiting()
    #expect(answer5 == nil)
    pool.published(7, of: 1, capacity: 1)
    let served = pool.waiting()
    #expect(served?.waiter == 1)
    #expect(served?.lane == 7)
    let answer6 = pool.waiting()
    #expect(answer6 == nil, "the lane is full")
    pool.released(7)
    let answer7 = pool.waiting()
    #expect(answer7?.waiter == 2)
  }

  @Test func `a call that came later does not overtake those that wait`() {
    var pool = PluginPool.serving(queueLimit: 8)
    pool.published(7, of: 1, capacity: 1)
    let answer8 = pool.acquire(1, for: any)
    #expect(answer8 == .lane(7))
    let answer9 = pool.acquire(2, for: any)
    #expect(answer9 == .queued)
    pool.released(7)
    let answer10 = pool.acquire(3, for: any)
    #expect(answer10 == .queued)
    let answer11 = pool.waiting()
    #expect(answer11?.waiter == 2)
  }

  @Test func `a draining lane takes nothing new and a withdrawn one is forgotten`() {
    var pool = PluginPool.serving(queueLimit: 1)
    pool.published(1, of: 1, capacity: 4)
    let answer12 = pool.acquire(1, for: any)
    #expect(answer12 == .lane(1))
    pool.draining(1)
    let answer13 = pool.acquire(2, for: any)
    #expect(answer13 == .queued)
    #expect(pool.inFlight(on: 1) == 1)
    pool.withdrawn(1)
    pool.released(1)
    pool.published(2, of: 1, capacity: 4)
    let answer14 = pool.waiting()
    #expect(answer14?.lane == 2)
  }

  @Test func `an abandoned call leaves the queue, once`() {
    var pool = PluginPool.serving(queueLimit: 2)
    _ = pool.acquire(1, for: any)
    _ = pool.acquire(2, for: any)
    let answer15 = pool.abandoned(1)
    #expect(answer15)
    let answer16 = pool.abandoned(1)
    #expect(!answer16)
    pool.published(3, of: 1, capacity: 1)
    let answer17 = pool.waiting()
    #expect(answer17?.waiter == 2)
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func `a random walk never exceeds a capacity nor loses a waiter`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    var pool = PluginPool.serving(queueLimit: 16)
    var capacities: [UInt64: Int] = [:]
    var running: [(waiter: UInt64, lane: UInt64)] = []
    var waiting: [UInt64] = []
    var nextLane: UInt64 = 1
    var nextWaiter: UInt64 = 1
    for _ in 0..<2_000 {
      switch random.next() % 10 {
      case 0:
        let capacity = Int(random.next() % 4) + 1
        pool.published(nextLane, of: 1, capacity: capacity)
        capacities[nextLane] = capacity
        nextLane += 1
      case 1:
        guard let lane = capacities.keys.sorted().randomElement(using: &random) else { continue }
        pool.withdrawn(lane)
        capacities[lane] = nil
        running.removeAll { $0.lane == lane }
      case 2...5:
        switch pool.acquire(nextWaiter, for: any) {
        case .lane(let lane): running.append((nextWaiter, lane))
        case .queued: waiting.append(nextWaiter)
        case .overloaded: #expect(waiting.count == 16)
        case .unavailable: Issue.record("the release is there")
        }
        nextWaiter += 1
      default:
        guard let index = running.indices.randomElement(using: &random) else { continue }
        pool.released(running.remove(at: index).lane)
      }
      while let served = pool.waiting() {
        #expect(served.waiter == waiting.removeFirst(), "first come, first served")
        running.append((served.waiter, served.lane))
      }
      for (lane, capacity) in capacities {
        #expect(running.count { $0.lane == lane } == pool.inFlight(on: lane))
        #expect(pool.inFlight(on: lane) <= capacity)
      }
      #expect(pool.queued == waiting.count)
    }
  }
}

extension PluginPool {
  /// A pool with one release, number 1.
  static func serving(queueLimit: Int = 8) -> PluginPool {
    var pool = PluginPool(queueLimit: queueLimit)
    pool.announced(1, stateVersion: 1)
    return pool
  }
}

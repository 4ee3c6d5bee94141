// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostClients

struct ClientClockTests {
  private static let timeouts: ClientTimeouts = {
    var timeouts = ClientTimeouts()
    (timeouts.head, timeouts.body, timeouts.idle, timeouts.send) = (100, 50, 200, 30)
    return timeouts
  }()

  private func delay(
    _ clock: ClientClock, _ wait: ClientClock.Wait, _ now: UInt64
  ) -> ClientClock.Delay? {
    clock.delay(of: wait, Self.timeouts, now: now)
  }

  @Test func `the first head is awaited from the accept on`() {
    let clock = ClientClock(now: 1000)
    #expect(delay(clock, .request, 1099) == nil)
    #expect(delay(clock, .request, 1100) == .head)
  }

  @Test func `a head that comes byte by byte gets no more time for it`() {
    var clock = ClientClock(now: 1000)
    for now in stride(from: UInt64(1010), to: 1100, by: 10) { clock.heard(.request, now: now) }
    #expect(delay(clock, .request, 1099) == nil)
    #expect(delay(clock, .request, 1100) == .head)
  }

  @Test func `between requests a client may be idle, and its next head has its own time`() {
    var clock = ClientClock(now: 0)
    clock.answered(hasMore: false, now: 1000)
    #expect(delay(clock, .request, 1199) == nil)
    #expect(delay(clock, .request, 1200) == .idle)
    clock.heard(.request, now: 1150)
    #expect(delay(clock, .request, 1249) == nil)
    #expect(delay(clock, .request, 1250) == .head)
  }

  @Test func `the head of a pipelined request is awaited from the response in front of it`() {
    var clock = ClientClock(now: 0)
    clock.answered(hasMore: true, now: 1000)
    #expect(delay(clock, .request, 1099) == nil)
    #expect(delay(clock, .request, 1100) == .head)
  }

  @Test func `a body may be as slow as a read in each timeout`() {
    var clock = ClientClock(now: 0)
    for now in stride(from: UInt64(1000), through: 2000, by: 49) {
      clock.heard(.body, now: now)
      #expect(delay(clock, .body, now + 49) == nil)
      #expect(delay(clock, .body, now + 50) == .body)
    }
  }

  @Test func `nobody is slow while others are at work`() {
    var clock = ClientClock(now: 0)
    #expect(delay(clock, .nothing, .max / 2) == nil)
    clock.resumed(now: 5000)
    #expect(delay(clock, .body, 5049) == nil)
    #expect(delay(clock, .body, 5050) == .body)
  }

  @Test func `a client that takes nothing is stuck, one that takes a byte is not`() {
    var clock = ClientClock(now: 0)
    func isStuck(_ unsent: Int, _ now: UInt64) -> Bool {
      clock.isStuck(unsent: unsent, Self.timeouts, now: now)
    }
    #expect(!isStuck(100, 1000))
    #expect(!isStuck(100, 1029))
    #expect(!isStuck(99, 1031))
    #expect(!isStuck(99, 1060))
    #expect(isStuck(99, 1061))
    #expect(!isStuck(0, 2000))
    #expect(!isStuck(0, 3000))
    #expect(!isStuck(1, 3001))
  }

  @Test func `the sweep is as fine as the shortest timeout needs, within reason`() {
    var timeouts = ClientTimeouts()
    #expect(timeouts.sweep == 1_000_000_000)
    timeouts.send = 400_000_000
    #expect(timeouts.sweep == 100_000_000)
    timeouts.idle = 0
    #expect(timeouts.sweep == 100_000_000)
    timeouts.head = 1_000_000
    #expect(timeouts.sweep == 10_000_000)
  }
}

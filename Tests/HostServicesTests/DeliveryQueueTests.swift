// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import HostServices

struct DeliveryQueueTests {
  typealias Action = DeliveryQueue.Action

  private static let second: UInt64 = 1_000_000_000

  private func entry(_ text: String) -> DeliveryEntry { DeliveryEntry(ByteBuffer(string: text)) }

  private func queue(_ change: (inout DeliveryParameters) -> Void = { _ in }) -> DeliveryQueue {
    var parameters = DeliveryParameters()
    change(&parameters)
    return DeliveryQueue(parameters)
  }

  /// What an event wants done, with batches as their texts.
  private func actions(
    _ queue: inout DeliveryQueue, _ event: (inout DeliveryQueue, inout [Action]) -> Void
  ) -> [String] {
    var actions: [Action] = []
    event(&queue, &actions)
    return actions.map { action in
      switch action {
      case .send(let id, let entries):
        "send \(id) \(entries.map { String(buffer: $0.bytes) }.joined(separator: ","))"
      case .dropped(let count, let reason): "dropped \(count) \(reason.rawValue)"
      }
    }
  }

  private func enqueue(
    _ texts: String..., at now: UInt64 = 0, in queue: inout DeliveryQueue
  ) -> [String] {
    texts.flatMap { text in actions(&queue) { $0.enqueue(entry(text), now: now, &$1) } }
  }

  @Test func `an entry alone leaves at once, and the next one when it has arrived`() {
    var queue = queue()
    #expect(enqueue("a", "b", in: &queue) == ["send 1 a"])
    #expect(queue.nextTime == nil)
    #expect(actions(&queue) { $0.sent(1, now: 5, &$1) } == ["send 2 b"])
    #expect(actions(&queue) { $0.sent(2, now: 6, &$1) } == [])
    #expect(queue.isIdle)
    #expect(queue.counts.queued == 2 && queue.counts.delivered == 2 && queue.counts.waiting == 0)
  }

  @Test func `a batch leaves when it is full`() {
    var queue = queue { $0.batchSize = 3 }
    #expect(enqueue("a", "b", in: &queue) == [])
    #expect(enqueue("c", "d", in: &queue) == ["send 1 a,b,c"])
  }

  @Test func `a batch that is not full leaves when its first entry has waited`() {
    var queue = queue { $0.batchSize = 3 }
    #expect(enqueue("a", at: 7, in: &queue) == [])
    #expect(enqueue("b", at: 9, in: &queue) == [])
    #expect(queue.nextTime == 7 + Self.second)
    #expect(actions(&queue) { $0.timePassed(now: 6 + Self.second, &$1) } == [])
    #expect(actions(&queue) { $0.timePassed(now: 7 + Self.second, &$1) } == ["send 1 a,b"])
    #expect(queue.nextTime == nil)
  }

  @Test func `what fails is tried again, later every time, until its time is over`() {
    var queue = queue {
      $0.initialRetryDelay = 10
      $0.maxRetryDelay = 35
      $0.maxRetryTime = 100
    }
    #expect(enqueue("a", in: &queue) == ["send 1 a"])
    var now: UInt64 = 0
    for delay: UInt64 in [10, 20, 35, 35] {
      #expect(actions(&queue) { $0.failed(1, now: now, &$1) } == [])
      #expect(queue.nextTime == now + delay)
      now += delay
      #expect(actions(&queue) { $0.timePassed(now: now, &$1) } == ["send 1 a"])
    }
    #expect(now == 100)
    #expect(actions(&queue) { $0.failed(1, now: 100, &$1) } == [])
    #expect(actions(&queue) { $0.timePassed(now: 135, &$1) } == ["send 1 a"])
    #expect(actions(&queue) { $0.failed(1, now: 135, &$1) } == ["dropped 1 failed"])
    #expect(queue.isIdle && queue.counts.retries == 5 && queue.counts.dropped == [.failed: 1])
  }

  @Test func `a queue without retries gives a batch up at once, and goes on with the next`() {
    var queue = queue { $0.maxRetryTime = nil }
    #expect(enqueue("a", "b", in: &queue) == ["send 1 a"])
    #expect(actions(&queue) { $0.failed(1, now: 0, &$1) } == ["dropped 1 failed", "send 2 b"])
  }

  @Test func `what is refused is not tried again`() {
    var queue = queue()
    #expect(enqueue("a", in: &queue) == ["send 1 a"])
    #expect(actions(&queue) { $0.refused(1, now: 0, &$1) } == ["dropped 1 refused"])
    #expect(queue.isIdle)
  }

  @Test func `without room the oldest that wait make it`() {
    var queue = queue { $0.maxEntries = 2 }
    #expect(enqueue("a", "b", "c", in: &queue) == ["send 1 a"], "what is under way does not wait")
    #expect(enqueue("d", in: &queue) == ["dropped 1 full"])
    #expect(actions(&queue) { $0.sent(1, now: 0, &$1) } == ["send 2 c"])
    #expect(actions(&queue) { $0.sent(2, now: 0, &$1) } == ["send 3 d"])
  }

  @Test func `bytes are bounded, and one entry that is longer is none`() {
    var queue = queue { $0.maxBytes = 10 }
    #expect(enqueue("under way", "1234567", "890", in: &queue) == ["send 1 under way"])
    #expect(enqueue("xy", in: &queue) == ["dropped 1 full"])
    #expect(enqueue("12345678901", in: &queue) == ["dropped 1 too-large"])
    #expect(queue.counts.waiting == 3 && queue.counts.bytes == 14)
    #expect(enqueue("1234567890", in: &queue) == ["dropped 2 full"])
  }

  @Test func `what is under way takes part in the host's own bound`() {
    var queue = queue { $0.concurrency = 2 }
    let half = DeliveryEntry(ByteBuffer(repeating: 1, count: DeliveryParameters.byteLimit / 2))
    var sent = 0
    for _ in 0..<2 {
      var actions: [Action] = []
      queue.enqueue(half, now: 0, &actions)
      sent += actions.count
    }
    #expect(sent == 2)
    #expect(enqueue("x", in: &queue) == ["dropped 1 full"])
    #expect(queue.counts.bytes == DeliveryParameters.byteLimit)
  }

  @Test func `several batches are under way where that is allowed`() {
    var queue = queue { $0.concurrency = 2 }
    #expect(enqueue("a", "b", "c", in: &queue) == ["send 1 a", "send 2 b"])
    #expect(actions(&queue) { $0.failed(1, now: 0, &$1) } == [], "its place is not another's")
    #expect(actions(&queue) { $0.sent(2, now: 0, &$1) } == ["send 3 c"])
  }

  @Test func `at the end nothing waits for company, and what has failed is tried at once`() {
    var queue = queue { $0.batchSize = 10 }
    _ = enqueue("a", in: &queue)
    #expect(actions(&queue) { $0.timePassed(now: Self.second, &$1) } == ["send 1 a"])
    #expect(actions(&queue) { $0.failed(1, now: Self.second, &$1) } == [])
    #expect(enqueue("b", at: Self.second, in: &queue) == [])
    #expect(actions(&queue) { $0.close(now: Self.second, &$1) } == ["send 1 a"])
    #expect(actions(&queue) { $0.sent(1, now: Self.second, &$1) } == ["send 2 b"])
    #expect(actions(&queue) { $0.abandon(&$1) } == ["dropped 1 shutdown"])
    #expect(actions(&queue) { $0.sent(2, now: Self.second, &$1) } == [], "too late")
    #expect(queue.isIdle && queue.counts.delivered == 1)
  }

  @Test func `a destination that is away does not hold up the end`() {
    var queue = queue()
    #expect(enqueue("a", "b", in: &queue) == ["send 1 a"])
    #expect(actions(&queue) { $0.close(now: 0, &$1) } == [])
    let late = DeliveryQueue.closingTime
    #expect(actions(&queue) { $0.failed(1, now: late - 1, &$1) } == [])
    #expect(actions(&queue) { $0.timePassed(now: late + 10_000_000, &$1) } == ["send 1 a"])
    #expect(
      actions(&queue) { $0.failed(1, now: late + 10_000_001, &$1) }
        == ["dropped 1 shutdown", "send 2 b"])
    #expect(actions(&queue) { $0.failed(2, now: late * 2, &$1) } == ["dropped 1 shutdown"])
    #expect(queue.isIdle)
  }

  @Test func `answers to what is not under way mean nothing`() {
    var queue = queue()
    _ = enqueue("a", in: &queue)
    #expect(actions(&queue) { $0.failed(1, now: 0, &$1) } == [])
    let due = queue.nextTime
    #expect(actions(&queue) { $0.failed(1, now: 50, &$1) } == [], "it waits already")
    #expect(queue.nextTime == due)
    #expect(actions(&queue) { $0.sent(9, now: 0, &$1) } == [])
  }

  @Test func `delays grow without an end in sight`() {
    var parameters = DeliveryParameters()
    parameters.initialRetryDelay = .max / 2
    parameters.maxRetryDelay = .max
    for (retries, delay) in [(0, UInt64.max / 2), (1, UInt64.max - 1), (2, .max), (1000, .max)] {
      #expect(parameters.delay(after: retries) == delay)
    }
  }
}

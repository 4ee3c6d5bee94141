// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Seeded
import Testing

@testable import HostServices

/// Random walks: whatever happens, every entry ends once, in order, within the bounds.
struct DeliveryQueueWalkTests {
  private struct Walk {
    var queue: DeliveryQueue
    var random: SplitMix
    var now: UInt64 = 0
    var next = 0
    /// Entries that ended or are under way, by number.
    var sentFirst: [Int] = []
    var underWay: [DeliveryQueue.BatchID: [Int]] = [:]
    var delivered: [Int] = []
    var dropped = 0

    init(seed: UInt64) {
      random = SplitMix(seed: seed)
      var parameters = DeliveryParameters()
      parameters.batchSize = Int.random(in: 1...5, using: &random)
      parameters.coalescingDelay = UInt64.random(in: 0...100, using: &random)
      parameters.maxEntries = Int.random(in: 1...20, using: &random)
      parameters.maxBytes = Int.random(in: 4...200, using: &random)
      parameters.initialRetryDelay = UInt64.random(in: 1...20, using: &random)
      parameters.maxRetryDelay = UInt64.random(in: 1...60, using: &random)
      parameters.maxRetryTime = Bool.random(using: &random) ? 200 : nil
      parameters.concurrency = Int.random(in: 1...3, using: &random)
      queue = DeliveryQueue(parameters)
    }

    mutating func step() {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4:
        next += 1
        let entry = DeliveryEntry(ByteBuffer(string: "\(next)"))
        on { $0.enqueue(entry, now: $2, &$1) }
      case 4..<7:
        guard let id = underWay.keys.sorted().randomElement(using: &random) else { return }
        let entries = underWay.removeValue(forKey: id) ?? []
        if Bool.random(using: &random) {
          delivered += entries
          on { $0.sent(id, now: $2, &$1) }
        } else {
          on { $0.failed(id, now: $2, &$1) }
        }
      default:
        now += UInt64.random(in: 0...40, using: &random)
        guard let due = queue.nextTime, due <= now else { return }
        on { $0.timePassed(now: $2, &$1) }
        #expect(queue.nextTime.map { $0 > now } ?? true, "what is due is done")
      }
    }

    mutating func on(
      _ event: (inout DeliveryQueue, inout [DeliveryQueue.Action], UInt64) -> Void
    ) {
      var actions: [DeliveryQueue.Action] = []
      event(&queue, &actions, now)
      for action in actions {
        switch action {
        case .dropped(let count, _):
          #expect(count > 0)
          dropped += count
        case .send(let id, let entries):
          let numbers = entries.compactMap { Int(String(buffer: $0.bytes)) }
          #expect(underWay[id] == nil, "it is under way already")
          #expect((1...queue.parameters.batchSize).contains(numbers.count))
          underWay[id] = numbers
          if let last = sentFirst.last, let first = numbers.first, first <= last {
            #expect(numbers.allSatisfy(sentFirst.contains), "sent again as a whole")
          } else {
            sentFirst += numbers
          }
        }
      }
      check()
    }

    func check() {
      let counts = queue.counts
      #expect(counts.queued == next)
      #expect(counts.delivered == delivered.count)
      #expect(counts.dropped.values.reduce(0, +) == dropped)
      #expect(counts.queued == counts.delivered + dropped + counts.waiting)
      #expect(underWay.count <= queue.parameters.concurrency)
      let most =
        queue.parameters.maxEntries + queue.parameters.concurrency * queue.parameters.batchSize
      #expect(counts.waiting <= most)
      #expect(sentFirst == sentFirst.sorted(), "the oldest first")
    }
  }

  @Test(arguments: 0..<UInt64(200)) func `every entry ends once`(seed: UInt64) {
    var walk = Walk(seed: seed)
    for _ in 0..<300 { walk.step() }
    walk.on { $0.close(now: $2, &$1) }
    if seed.isMultiple(of: 2) {
      walk.on { queue, actions, _ in queue.abandon(&actions) }
    } else {
      while let id = walk.underWay.keys.min() {
        walk.delivered += walk.underWay.removeValue(forKey: id) ?? []
        walk.on { $0.sent(id, now: $2, &$1) }
      }
    }
    #expect(walk.queue.isIdle && walk.queue.nextTime == nil)
    #expect(walk.delivered.count + walk.dropped == walk.next)
    #expect(Set(walk.delivered).count == walk.delivered.count)
  }
}

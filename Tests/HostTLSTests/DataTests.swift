// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore
import NIOEmbedded
import Testing

/// Records, promises and the sizes of what leaves.
struct DataTests {
  @Test func `what is flushed together shares a record and a write`() throws {
    let wire = try Contexts.wire()
    try wire.connect()
    let before = wire.client.gate.writes
    for index in 0..<100 { _ = wire.client.write([UInt8(index)]) }
    wire.client.channel.flush()
    #expect(wire.client.gate.writes == before + 1)
    try wire.client.collect()
    // Header, 100 bytes, content type and tag.
    #expect(wire.client.outgoing.readableBytes == 5 + 100 + 1 + 16)
    try wire.run()
    #expect(wire.server.recorder.received.array == Array(0..<100))
    #expect(wire.server.recorder.readCompletes >= 1)
  }

  @Test func `nothing leaves before it is flushed`() throws {
    let wire = try Contexts.wire()
    try wire.connect()
    _ = wire.client.write([1])
    try wire.run()
    #expect(wire.server.recorder.received.readableBytes == 0)
    wire.client.channel.flush()
    try wire.run()
    #expect(wire.server.recorder.received.array == [1])
  }

  @Test func `records are full when there is enough for them`() throws {
    let wire = try Contexts.wire()
    try wire.connect()
    _ = wire.client.write(noise(100))
    _ = wire.client.write(noise(40_000, seed: 3))
    _ = wire.client.write(noise(20))
    wire.client.channel.flush()
    try wire.client.collect()
    var records: [Int] = []
    var index = 0
    let sent = wire.client.outgoing.array
    while index + 5 <= sent.count {
      let length = Int(sent[index + 3]) << 8 | Int(sent[index + 4])
      records.append(length - 17)
      index += 5 + length
    }
    #expect(index == sent.count)
    #expect(records == [16_384, 16_384, 40_120 - 2 * 16_384])
    try wire.run()
    #expect(wire.server.recorder.received.array == noise(100) + noise(40_000, seed: 3) + noise(20))
  }

  @Test func `promises are kept in the order of the writes, empty ones too`() throws {
    let wire = try Contexts.wire()
    try wire.connect()
    var done: [Int] = []
    let sizes = [0, 1, 0, 70_000, 3, 0, 16_384, 200_000, 0]
    for (index, size) in sizes.enumerated() {
      wire.server.write(noise(size)).assumeIsolated().whenSuccess { done.append(index) }
    }
    #expect(done.isEmpty)
    wire.server.channel.flush()
    #expect(done == Array(sizes.indices))
    try wire.run()
    #expect(wire.client.recorder.received.array == sizes.flatMap { noise($0) })
  }

  @Test func `random writes and flushes arrive whole, and each promise is kept once`() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      var random = noise(4000, seed: seed).makeIterator()
      func number(_ limit: Int) -> Int {
        (Int(random.next() ?? 0) << 8 | Int(random.next() ?? 0)) % limit
      }
      let wire = try Contexts.wire(pieces: [1 + number(3000), 1 + number(20_000), 1 + number(9)])
      try wire.connect()
      var expected: [[UInt8]] = [[], []]
      var kept = 0
      let turns = 60
      for turn in 0..<turns {
        let side = number(2)
        let bytes = noise(number(4) == 0 ? number(60_000) : number(300), seed: UInt64(turn + 1))
        expected[side] += bytes
        (side == 0 ? wire.client : wire.server).write(bytes).assumeIsolated().whenSuccess {
          kept += 1
        }
        if number(3) == 0 { wire.client.channel.flush() }
        if number(3) == 0 { wire.server.channel.flush() }
        if number(5) == 0 { try wire.run() }
      }
      wire.client.channel.flush()
      wire.server.channel.flush()
      try wire.run()
      #expect(wire.server.recorder.received.array == expected[0], "seed \(seed)")
      #expect(wire.client.recorder.received.array == expected[1], "seed \(seed)")
      #expect(kept == turns, "seed \(seed)")
    }
  }

  @Test func `writes that can never leave fail once, with the reason`() throws {
    let wire = try Contexts.wire()
    let early = [wire.client.send([1]), wire.client.write([2])]
    try wire.client.connect()
    wire.client.channel.close(promise: nil)
    for future in early {
      #expect(throws: ChannelError.ioOnClosedChannel) { try future.wait() }
    }
    let other = try Contexts.wire()
    try other.connect()
    let unflushed = other.client.write([3])
    other.client.channel.close(promise: nil)
    #expect(throws: ChannelError.ioOnClosedChannel) { try unflushed.wait() }
    let late = other.client.send([4])
    #expect(throws: (any Error).self) { try late.wait() }
  }
}

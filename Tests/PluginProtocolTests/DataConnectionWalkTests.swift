// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import PluginProtocol

/// Two ends back to back, random legal behaviour, random cuts of the bytes between them.
struct DataConnectionWalkTests {
  private static let limits = ConnectionLimits(
    maxFrame: 64 << 10, maxMeta: 16 << 10, streamWindow: 16 << 10, connectionWindow: 64 << 10,
    maxStreams: 8)

  private struct World {
    var host: WalkEnd
    var plugin: WalkEnd
    var random: SplitMix

    init(seed: UInt64) {
      host = WalkEnd(.host, limits: limits, seed: seed &* 3)
      plugin = WalkEnd(.plugin, limits: limits, seed: seed &* 5 &+ 1)
      random = SplitMix(seed: seed)
      if seed % 4 == 0 {
        // Close to where the ids begin again.
        let last = StreamSequence.largest - 10
        host.machine.ownIDs = StreamSequence(of: .host, last: last)
        plugin.machine.peerIDs = StreamSequence(of: .host, last: last)
        plugin.machine.ownIDs = StreamSequence(of: .plugin, last: last - 1)
        host.machine.peerIDs = StreamSequence(of: .plugin, last: last - 1)
      }
    }

    mutating func step(mutating change: (inout [UInt8], inout SplitMix) -> Void = { _, _ in }) {
      switch random.next() % 4 {
      case 0: host.act()
      case 1: plugin.act()
      case 2: Self.move(from: &host, to: &plugin, &random, change)
      default: Self.move(from: &plugin, to: &host, &random, change)
      }
    }

    private static func move(
      from sender: inout WalkEnd, to receiver: inout WalkEnd, _ random: inout SplitMix,
      _ change: (inout [UInt8], inout SplitMix) -> Void
    ) {
      let pieces: [Int] = [1, 15, 16, 17, 300, 40_000, .max]
      let count = min(
        sender.output.count, pieces.randomElement(using: &random) ?? .max)
      guard count > 0 else { return }
      var bytes = Array(sender.output.prefix(count))
      sender.output.removeFirst(count)
      change(&bytes, &random)
      receiver.receive(bytes)
    }

    var violation: ProtocolViolation? { host.violation ?? plugin.violation }
    var trespasses: [String] { host.trespasses + plugin.trespasses }
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `whatever is allowed is understood, and ends with everything given back`(seed: UInt64) {
    var world = World(seed: seed)
    for _ in 0..<1_500 where world.violation == nil { world.step() }
    world.host.isEager = false
    world.plugin.isEager = false
    var steps = 0
    while world.violation == nil, !(world.host.isQuiet && world.plugin.isQuiet), steps < 200_000 {
      world.step()
      steps += 1
    }
    #expect(world.violation == nil, "seed \(seed)")
    #expect(world.trespasses == [], "seed \(seed)")
    #expect(world.host.isQuiet && world.plugin.isQuiet, "seed \(seed): it comes to an end")
    let (host, plugin) = (world.host.machine, world.plugin.machine)
    #expect(host.streams.isEmpty && plugin.streams.isEmpty, "seed \(seed)")
    #expect(host.ownStreams == 0 && host.peerStreams == 0)
    #expect(plugin.ownStreams == 0 && plugin.peerStreams == 0)
    let window = Int(Self.limits.connectionWindow)
    #expect(host.sendWindow + plugin.consumed == window)
    #expect(plugin.sendWindow + host.consumed == window)
    #expect(host.receiveWindow == plugin.sendWindow && plugin.receiveWindow == host.sendWindow)
  }

  @Test(arguments: 0..<250 as Range<UInt64>)
  func `changed bytes end the connection or do no harm to other streams`(seed: UInt64) {
    var world = World(seed: seed)
    for _ in 0..<1_500 where world.violation == nil {
      world.step { bytes, random in
        guard random.chance(4) else { return }
        for _ in 0...Int(random.next() % 3) {
          // Most frames are long payloads: the header's bytes are worth more changes.
          let index = Int(
            random.next() % UInt64(random.chance(70) ? min(bytes.count, 16) : bytes.count))
          bytes[index] =
            random.chance(50)
            ? bytes[index] ^ (1 << UInt8(random.next() % 8))
            : UInt8(truncatingIfNeeded: random.next())
        }
      }
    }
    #expect(world.trespasses == [], "seed \(seed)")
  }
}

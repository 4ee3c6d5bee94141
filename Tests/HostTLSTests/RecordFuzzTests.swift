// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import NIOCore
import NIOEmbedded
import Seeded
import Testing

@testable import HostTLS

/// What a client sends, damaged in every way: a server ends the connection or waits, and nothing that is not authentic
/// ever reaches the handlers behind it.
struct RecordFuzzTests {
  /// How far the connection comes before the damage.
  enum Stage: CaseIterable { case hello, finished, open }

  private static let rounds = 250

  private let contexts: Contexts

  init() throws { contexts = try Contexts.shared.get() }

  @Test(arguments: Stage.allCases, [TLS1_2_VERSION, TLS1_3_VERSION])
  func `damaged records end in an error or in waiting`(_ stage: Stage, _ version: CInt) throws {
    let client = try TLSContext(client: .file(contexts.certificates.authority.certificate))
    client.limit(to: version)
    var failures = 0
    for seed in 0..<Self.rounds {
      var random = SplitMix(seed: UInt64(seed) << 8 | UInt64(version & 0xFF))
      let wire = Wire(
        try End(client, .client(serverName: "gateway.example")),
        try End(contexts.server, .server))
      try wire.server.connect()
      try wire.client.connect()
      try wire.client.collect()
      if stage == .open {
        try wire.run()
        wire.client.send(noise(300, seed: UInt64(seed)))
        try wire.client.collect()
      } else if stage == .finished {
        try wire.server.receive(wire.client.outgoing.array)
        wire.client.outgoing.clear()
        try wire.server.collect()
        try wire.client.receive(wire.server.outgoing.array)
        wire.server.outgoing.clear()
        wire.client.send(noise(300, seed: UInt64(seed)))
        try wire.client.collect()
      }
      let good = wire.client.outgoing.array
      try #require(!good.isEmpty)
      let bad = Self.damage(good, &random)
      var rest = bad[...]
      while !rest.isEmpty, wire.server.channel.isActive {
        let piece = rest.prefix(Int.random(in: 1...rest.count, using: &random))
        rest = rest.dropFirst(piece.count)
        try wire.server.receive(Array(piece))
      }
      try wire.server.collect()
      // An alert, or an answer to a hello that is still one; never more than that.
      #expect(wire.server.outgoing.readableBytes < 8192, "seed \(seed)")
      let received = wire.server.recorder.received.array
      #expect(noise(300, seed: UInt64(seed)).starts(with: received), "seed \(seed)")
      if let code = wire.server.recorder.codes.first {
        failures += 1
        #expect(!wire.server.channel.isActive, "seed \(seed): \(code)")
        #expect(wire.server.recorder.codes.count == 1, "seed \(seed)")
      }
    }
    // Most damage is found at once; what changes only a length waits for more.
    #expect(failures > Self.rounds / 4)
  }

  @Test func `noise is no TLS`() throws {
    for seed in 0..<Self.rounds {
      let server = try End(contexts.server, .server)
      try server.connect()
      var random = SplitMix(seed: UInt64(seed))
      var bytes = noise(Int.random(in: 5...20_000, using: &random), seed: UInt64(seed) + 1)
      // Half of them look like a handshake in their first bytes.
      if seed.isMultiple(of: 2) { bytes.replaceSubrange(0..<3, with: [22, 3, 1]) }
      try server.receive(bytes)
      try server.collect()
      #expect(server.recorder.received.readableBytes == 0)
      #expect(server.outgoing.readableBytes < 100)
      #expect(server.channel.isActive == server.recorder.codes.isEmpty)
    }
  }

  /// Changes, cuts, doubles, or adds; always at least one byte is not as it was.
  private static func damage(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var result = bytes
    repeat {
      for _ in 0...Int.random(in: 0...2, using: &random) {
        let place = Int.random(in: 0..<result.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1: result[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 2: result[place] = [0, 1, 127, 255].randomElement(using: &random) ?? 0
        case 3: result.removeSubrange(place..<min(result.count, place + 16))
        case 4:
          let part = result[place..<min(result.count, place + 64)]
          result.insert(contentsOf: part, at: place)
        default:
          result.insert(UInt8.random(in: 0...255, using: &random), at: place)
        }
        if result.isEmpty { result = [0] }
      }
    } while result == bytes
    return result
  }
}

// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import HostGateway

/// Frames that no client would send: whatever comes, the host neither traps nor says more than it was asked for.
struct HTTP2FuzzTests {
  @Test(arguments: 0..<8)
  func `mutated frames break nothing`(_ seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    for _ in 0..<250 {
      let channel = try ClientChannel("h2")
      var answered = 0
      for piece in conversation(&random) {
        try channel.receive(piece)
        answered += try channel.answer().count
      }
      #expect(answered < 1 << 20)
      if Bool.random(using: &random) { try? channel.http2.finish() }
      channel.linger()
      if channel.isActive { channel.leave() }
      #expect(channel.worker.inFlight == 0)
    }
  }

  /// A client's bytes, in pieces as they may come.
  private func conversation(_ random: inout SplitMix) -> [[UInt8]] {
    var bytes = Array(Frames.preface.utf8) + Frames.settings
    for index in 0..<Int.random(in: 1...12, using: &random) {
      bytes += frame(stream: UInt8(index / 2 * 2 + 1), &random)
    }
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      // Behind the preface, which would only be another protocol.
      let place = Int.random(in: 24..<bytes.count, using: &random)
      bytes[place] = UInt8.random(in: .min ... .max, using: &random)
    }
    var pieces: [[UInt8]] = []
    while !bytes.isEmpty {
      let count = Int.random(in: 1...max(1, bytes.count), using: &random)
      pieces.append(Array(bytes.prefix(count)))
      bytes.removeFirst(count)
    }
    return pieces
  }

  private func frame(stream: UInt8, _ random: inout SplitMix) -> [UInt8] {
    let block: [UInt8] = [0x82, 0x86, 0x84, 0x41, 1, 0x61]
    switch Int.random(in: 0..<12, using: &random) {
    case 0, 1, 2: return Frames.frame(1, flags: 5, stream: stream, block)
    case 3, 4: return Frames.frame(1, flags: 4, stream: stream, block)
    case 5:
      let count = Int.random(in: 0...200, using: &random)
      return Frames.frame(0, flags: stream & 1, stream: stream, Array(repeating: 7, count: count))
    case 6: return Frames.frame(3, stream: stream, [0, 0, 0, 8])
    case 7: return Frames.frame(8, stream: stream, [0, 0, 1, 0])
    case 8:
      return Frames.frame(4, stream: 0, [0, 4, 0, 0, 0, UInt8.random(in: 0...9, using: &random)])
    case 9: return Frames.frame(1, flags: 0, stream: stream, Array(block.prefix(3)))
    case 10: return Frames.frame(9, flags: 4, stream: stream, Array(block.suffix(3)))
    default:
      let type = UInt8.random(in: 0...12, using: &random)
      let payload = (0..<Int.random(in: 0...20, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      return Frames.frame(
        type, flags: UInt8.random(in: .min ... .max, using: &random), stream: stream, payload)
    }
  }
}

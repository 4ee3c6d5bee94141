// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
import Seeded
import WireTranscripts

/// Random changes of bytes, repeatable by their seed.
struct ByteMutator: RandomNumberGenerator {
  private var words: SplitMix
  private static let interesting: [UInt32] = [
    0, 1, 2, 3, 4, 15, 16, 17, 0x7F, 0x80, 0xFF, 0x100, 0x3FFF, 0x4000, 0x4001, 0x7FFF, 0x8000,
    0xFFFF, 0x10000, 0x10001, 1 << 18, 1 << 20, 1 << 24, 0x7FFF_FFFF, 0x8000_0000, .max,
  ]

  init(seed: UInt64) { words = SplitMix(seed: seed) }

  mutating func next() -> UInt64 { words.next() }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }

  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  /// Changes a frame: mostly not at all, so that conversations get far.
  mutating func change(_ bytes: inout [UInt8]) {
    guard chance(12) else { return }
    for _ in 0...below(3) where !bytes.isEmpty {
      switch below(8) {
      case 0: bytes[below(bytes.count)] ^= 1 << UInt8(below(8))
      case 1: bytes[below(bytes.count)] = UInt8(truncatingIfNeeded: next())
      case 2: bytes.removeLast(below(bytes.count))
      case 3: bytes.insert(UInt8(truncatingIfNeeded: next()), at: below(bytes.count))
      case 4:
        let start = below(bytes.count)
        let piece = bytes[start..<min(start + below(40), bytes.count)]
        bytes.insert(contentsOf: piece, at: below(bytes.count))
      case 5: bytes += bytes.prefix(4096)
      case 6: changeMessage(&bytes)
      default: changeHeader(&bytes)
      }
    }
  }

  /// Changes the message and keeps the frame whole.
  private mutating func changeMessage(_ bytes: inout [UInt8]) {
    guard bytes.count > FrameHeader.size else { return }
    for _ in 0...below(4) {
      let index = FrameHeader.size + below(bytes.count - FrameHeader.size)
      bytes[index] = chance(50) ? bytes[index] &+ 1 : [0, 0x7F, 0x80, 0xFF][below(4)]
    }
  }

  private mutating func changeHeader(_ bytes: inout [UInt8]) {
    guard bytes.count >= FrameHeader.size else { return }
    let value = Self.interesting[below(Self.interesting.count)]
    let (offset, size) = [(0, 4), (4, 4), (8, 1), (9, 1), (10, 2), (12, 4)][below(6)]
    for index in 0..<size {
      bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
    }
  }

  /// A frame that nobody asked for.
  mutating func frame() -> [UInt8] {
    let type = FrameType.allCases[below(FrameType.allCases.count)]
    let count = below(30)
    return WireFrame(
      type, stream: UInt32(below(8)), ordinal: UInt16(below(3)),
      flags: FrameFlags(rawValue: UInt8(below(8))),
      meta: (0..<count).map { _ in UInt8(below(256)) },
      payload: [UInt8](repeating: 0, count: below(20))
    ).bytes
  }

  /// The bytes as they may be read.
  mutating func pieces(of bytes: [UInt8]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = chance(70) ? rest.count : 1 + below(rest.count)
      pieces.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return pieces
  }
}

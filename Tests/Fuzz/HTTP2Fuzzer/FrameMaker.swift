// SPDX-License-Identifier: Apache-2.0

import Seeded

/// Frames as a peer may send them: most are good, so that conversations get far.
struct FrameMaker {
  private var random: SplitMix

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }

  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: random.next()) }

  private static let names = [
    "x-a", "content-length", "host", "cookie", "transfer-encoding", "connection", "te", "trailer",
    "expect", "upgrade", "via", "server", "set-cookie", "content-type", ":path", ":status",
    ":authority", ":protocol", "X-A", "x a", "x:a", "x\r\ny", "", "x\u{0}", "é", "keep-alive",
    "content-encoding", "location",
  ]
  private static let values = [
    "", "a", "5", "3", "0", "05", "-1", "99999999999999999999", "5, 5", "chunked", "close",
    "trailers", "100-continue", "websocket", "b\r\nc: d", "b\n", "\u{0}", " a", "a\t", "é",
    "\u{7F}",
    "HTTP/1.1 200 OK\r\n\r\n", "text/event-stream", "/../a", "a b",
    String(repeating: "v", count: 300),
  ]

  /// A field section with up to three more fields, seldom one that was changed.
  mutating func section(_ fields: [(String, String)], more: Int = 3) -> [UInt8] {
    var fields = fields
    for _ in 0..<below(more + 1) {
      let isUsual = below(5) > 0
      let name = Self.names[below(isUsual ? 2 : Self.names.count)]
      let value = Self.values[below(isUsual ? 4 : Self.values.count)]
      let place = below(8) == 0 ? below(fields.count + 1) : fields.count
      fields.insert((name, value), at: place)
    }
    if below(24) == 0, !fields.isEmpty { fields.remove(at: below(fields.count)) }
    var block = fields.flatMap { literal($0, $1) }
    if below(24) == 0, !block.isEmpty { block[below(block.count)] = byte() }
    return block
  }

  /// A literal field of HPACK (RFC 7541, 6.2), indexed or not; seldom one that is in the table already.
  private mutating func literal(_ name: String, _ value: String) -> [UInt8] {
    if below(40) == 0 { return [0x80 | UInt8(1 + below(70))] }
    func text(_ text: String) -> [UInt8] {
      let bytes = Array(text.utf8)
      // Lengths from 127 on go over several bytes (RFC 7541, 5.1).
      guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
      let rest = bytes.count - 127
      return [127] + (rest < 128 ? [UInt8(rest)] : [UInt8(rest & 127) | 128, UInt8(rest >> 7)])
        + bytes
    }
    return [[0x00, 0x10, 0x40][below(3)]] + text(name) + text(value)
  }

  /// HEADERS, in one frame or with CONTINUATION.
  mutating func headers(_ block: [UInt8], stream: UInt8, ends: Bool) -> [UInt8] {
    let end: UInt8 = ends ? 1 : 0
    guard below(8) == 0 else { return Frames.frame(1, flags: 4 | end, stream: stream, block) }
    let cut = below(block.count)
    return Frames.frame(1, flags: end, stream: stream, Array(block[..<cut]))
      + Frames.frame(9, flags: 4, stream: stream, Array(block[cut...]))
  }

  mutating func data(stream: UInt8, ends: Bool) -> [UInt8] {
    let count = [0, 1, 3, 5, 200, 16_384][below(6)]
    return Frames.frame(
      0, flags: ends ? 1 : 0, stream: stream, Array(repeating: 7, count: count))
  }

  /// What is no part of a message: of a stream or of the connection.
  mutating func other(stream: UInt8) -> [UInt8] {
    switch below(9) {
    case 0: return Frames.frame(3, stream: stream, [0, 0, 0, UInt8(below(14))])
    case 1:
      return Frames.frame(8, stream: below(2) == 0 ? 0 : stream, [0, 0, UInt8(below(2)), 0])
    case 2:
      return Frames.frame(
        4, stream: 0, [0, UInt8(below(9)), 0, 0, [0, 64, 255][below(3)], UInt8(below(200))])
    case 3: return Frames.frame(7, stream: 0, [0, 0, 0, stream, 0, 0, 0, UInt8(below(14))])
    case 4: return Frames.frame(6, flags: UInt8(below(2)), stream: 0, Array(repeating: 1, count: 8))
    case 5:
      return Frames.frame(5, flags: 4, stream: stream, [0, 0, 0, UInt8(below(9))] + section([]))
    case 6: return Frames.frame(4, flags: 1, stream: 0)
    default:
      let payload = (0..<below(20)).map { _ in byte() }
      return Frames.frame(UInt8(below(13)), flags: byte(), stream: UInt8(below(9)), payload)
    }
  }

  /// The bytes with some of them changed, now and then.
  mutating func changed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    guard below(5) == 0, !bytes.isEmpty else { return bytes }
    for _ in 0...below(3) { bytes[below(bytes.count)] = byte() }
    return bytes
  }

  /// The bytes as they may be read.
  mutating func pieces(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      pieces.append(rest.prefix(1 + below(rest.count)))
      rest = rest.dropFirst(pieces[pieces.count - 1].count)
    }
    return pieces
  }
}

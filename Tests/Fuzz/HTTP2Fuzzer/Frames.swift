// SPDX-License-Identifier: Apache-2.0

/// Frames of HTTP/2 as bytes.
package enum Frames {
  package static let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  /// Empty.
  package static let settings = frame(4, stream: 0)
  /// GET, http, "/", and a literal `:authority` of `a`, on stream 1; all of the request.
  package static let headers = frame(1, flags: 5, stream: 1, [0x82, 0x86, 0x84, 0x41, 1, 0x61])
  /// The same with POST on stream 1; a body follows.
  package static let post = frame(1, flags: 4, stream: 1, [0x83, 0x86, 0x84, 0x41, 1, 0x61])

  package static func frame(
    _ type: UInt8, flags: UInt8 = 0, stream: UInt8, _ payload: [UInt8] = []
  ) -> [UInt8] {
    let length = [UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 255)]
    return length + [UInt8(payload.count & 255), type, flags, 0, 0, 0, stream] + payload
  }

  /// The types of the frames that bytes are made of, and the stream that each is of.
  package static func kinds(_ bytes: [UInt8]) -> [[Int]] {
    var kinds: [[Int]] = []
    var rest = bytes[...]
    while rest.count >= 9 {
      let head = rest.prefix(9).map(Int.init)
      kinds.append([head[3], head[8]])
      rest = rest.dropFirst(9 + head[0] << 16 + head[1] << 8 + head[2])
    }
    return kinds
  }
}

// SPDX-License-Identifier: Apache-2.0

/// The checksum of zlib and Ethernet (polynomial 0xEDB88320), which AWS has in its event streams.
///
/// Eight bytes a step, by as many tables ("slicing-by-8").
package struct CRC32: Equatable, Sendable {
  private var state: UInt32 = .max

  /// Of no bytes.
  package init() {}

  /// Of some bytes.
  package init(of bytes: RawSpan) {
    self.init()
    update(bytes)
  }

  /// The checksum of all bytes so far.
  package var value: UInt32 { ~state }

  /// More bytes.
  package mutating func update(_ bytes: RawSpan) {
    let tables = CRC32.tables.span
    var state = state
    var index = 0
    let count = bytes.byteCount
    while index &+ 8 <= count {
      let word = UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
      let mixed = word ^ UInt64(state)
      state = 0
      for lane in 0..<8 {
        let byte = Int(truncatingIfNeeded: mixed >> UInt64(8 &* lane)) & 0xFF
        state ^= tables[unchecked: (7 &- lane) &* 256 &+ byte]
      }
      index &+= 8
    }
    while index < count {
      let byte = UInt32(bytes.byte(at: index))
      state = state >> 8 ^ tables[unchecked: Int((state ^ byte) & 0xFF)]
      index &+= 1
    }
    self.state = state
  }

  /// Eight tables of 256: the first for a byte, each further one for a byte that is one place earlier.
  private static let tables: [UInt32] = {
    var tables: [UInt32] = []
    tables.reserveCapacity(8 * 256)
    for byte in UInt32(0)..<256 {
      var value = byte
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
      tables.append(value)
    }
    for index in 256..<8 * 256 {
      let before = tables[index - 256]
      tables.append(before >> 8 ^ tables[Int(before & 0xFF)])
    }
    return tables
  }()
}

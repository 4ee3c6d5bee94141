// SPDX-License-Identifier: Apache-2.0

/// Ids for entities that the file gives none: the same file gives the same ids on every start and every machine.
enum StableID {
  /// A UUID of version 8 (RFC 9562: vendor-specific) made of what names the entity: its name, else its place.
  static func of(_ kind: String, _ name: String, _ place: Place) -> String {
    let key = "\(kind)\u{0}\(name.isEmpty ? place.description : name)"
    var high = mix(key, seed: 0xcbf2_9ce4_8422_2325)
    var low = mix(key, seed: 0x9ae1_6a3b_2f90_404f)
    high = high & ~0xF000 | 0x8000
    low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    let text = high.hexadecimal + low.hexadecimal
    let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
      text.dropFirst(range.lowerBound).prefix(range.count)
    }
    return parts.joined(separator: "-")
  }

  /// FNV-1a, and a finisher that spreads it over all bits.
  private static func mix(_ text: String, seed: UInt64) -> UInt64 {
    var hash = seed
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
    return hash ^ (hash >> 31)
  }
}

extension UInt64 {
  /// Sixteen digits.
  var hexadecimal: String {
    let text = String(self, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}

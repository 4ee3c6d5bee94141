// SPDX-License-Identifier: Apache-2.0

/// An address, or all that have its first bits: `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`.
struct AddressBlock: Hashable, Sendable {
  let prefix: AddressPrefix
  let bits: UInt128

  /// Nil: the text is no block.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
    var length = address.family.rawValue
    if parts.count == 2 {
      // Of IPv4 in the notation of IPv6 the first 96 bits are the notation's.
      let notation = parts[0].contains(":") ? 128 - length : 0
      guard parts[1].allSatisfy({ ("0"..."9").contains($0) }), let number = Int(parts[1]),
        (notation...notation + length).contains(number)
      else { return nil }
      length = number - notation
    }
    prefix = AddressPrefix(family: address.family, length: length)
    bits = prefix.bits(of: address)
  }
}

/// How many of an address's first bits count.
struct AddressPrefix: Hashable, Sendable {
  let family: IPAddress.Family
  let length: Int

  /// The bits that count.
  func bits(of address: IPAddress) -> UInt128 {
    address.bits >> UInt128(family.rawValue - length)
  }
}

/// Blocks by the length of their prefixes: a search takes a look for each length, however many blocks there are.
struct AddressSet: Sendable {
  private var blocks: [AddressPrefix: Set<UInt128>] = [:]

  init(_ blocks: [AddressBlock]) {
    for block in blocks { self.blocks[block.prefix, default: []].insert(block.bits) }
  }

  var isEmpty: Bool { blocks.isEmpty }

  func contains(_ address: IPAddress) -> Bool {
    blocks.contains { prefix, starts in
      prefix.family == address.family && starts.contains(prefix.bits(of: address))
    }
  }
}

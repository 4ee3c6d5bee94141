// SPDX-License-Identifier: Apache-2.0

/// Addresses that have their first bits in common, in the notation of CIDR (RFC 4632, 3.1): `10.0.0.0/8`, `::1`. Or
/// `unix:`, which is every peer on a Unix socket.
package enum AddressBlock: Hashable, Sendable {
  case unix
  /// Bits of `first` behind the prefix are zero.
  case range(first: IPAddress, prefix: Int)

  /// Nil: the text is no block.
  package init?(_ text: String) {
    guard text != "unix:" else {
      self = .unix
      return
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
    let bits = address.isIPv4 && !parts[0].contains(":") ? 32 : 128
    var prefix = bits
    if parts.count == 2 {
      guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(parts[1]),
        number <= bits
      else { return nil }
      prefix = number
    }
    self = .range(first: address.masked(prefix + 128 - bits), prefix: prefix + 128 - bits)
  }

  /// Whether the address is in the block. One of IPv4 is in no block of IPv6 that is wider than all of IPv4.
  package func contains(_ address: IPAddress) -> Bool {
    guard case .range(let first, let prefix) = self else { return false }
    guard first.isIPv4 && prefix >= 96 || !address.isIPv4 else { return false }
    return address.masked(prefix) == first
  }
}

extension IPAddress {
  /// With zeros behind so many bits.
  func masked(_ prefix: Int) -> IPAddress {
    func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(UInt64.max >> bits) }
    return IPAddress(high: high & mask(prefix), low: low & mask(prefix - 64))
  }
}

// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An address of either family. One of IPv4 that is written as IPv6 (`::ffff:192.0.2.1`) is one of IPv4.
struct IPAddress: Hashable, Sendable {
  enum Family: Int, Sendable { case v4 = 32, v6 = 128 }

  let family: Family
  let bits: UInt128

  init(_ family: Family, _ bits: UInt128) {
    self.family = family
    self.bits = bits
  }

  /// Nil: the text is no address.
  init?(_ text: String) {
    if let bits = Self.parse(AF_INET, text, UInt32.self) {
      self.init(.v4, UInt128(bits))
    } else if let bits = Self.parse(AF_INET6, text, UInt128.self) {
      let isMapped = bits >> 32 == 0xFFFF
      self.init(isMapped ? .v4 : .v6, isMapped ? bits & 0xFFFF_FFFF : bits)
    } else {
      return nil
    }
  }

  private static func parse<Bits: FixedWidthInteger>(
    _ family: Int32, _ text: String, _ type: Bits.Type
  ) -> Bits? {
    var bits: Bits = 0
    return inet_pton(family, text, &bits) == 1 ? Bits(bigEndian: bits) : nil
  }
}

// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An address of IPv4 or IPv6, without port and zone. IPv4 in IPv6 (`::ffff:1.2.3.4`) is IPv4.
package struct IPAddress: Hashable, Sendable {
  /// As IPv6, in host order.
  let high: UInt64
  let low: UInt64

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// - Parameter v4: in host order.
  package init(v4: UInt32) {
    high = 0
    low = 0xFFFF << 32 | UInt64(v4)
  }

  /// - Parameter bytes: 4 or 16, in the order of the network.
  package init?(bytes: some Collection<UInt8>) {
    func number<Bytes: Sequence<UInt8>>(_ bytes: Bytes) -> UInt64 {
      bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
    switch bytes.count {
    case 4: self.init(v4: UInt32(number(bytes)))
    case 16: self.init(high: number(bytes.prefix(8)), low: number(bytes.dropFirst(8)))
    default: return nil
    }
  }

  /// Nil: the text is no address. IPv6 has no brackets.
  package init?(_ text: String) {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      self.init(v4: UInt32(bigEndian: four.s_addr))
      return
    }
    var six = in6_addr()
    guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
    self.init(bytes: withUnsafeBytes(of: six) { Array($0) })
  }

  package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }
}

extension IPAddress: CustomStringConvertible {
  package var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    if isIPv4 {
      var address = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
      inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
    } else {
      var words = (high.bigEndian, low.bigEndian)
      inet_ntop(AF_INET6, &words, &text, socklen_t(text.count))
    }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension IPAddress {
  /// What an element of `X-Forwarded-For` or `X-Real-IP` says: an address, which may have a port, and brackets when
  /// it is IPv6.
  ///
  /// - Parameter element: without white space around it.
  package init?(element: some Collection<UInt8>) {
    guard element.count <= 64, let text = String(validating: element, as: UTF8.self) else {
      return nil
    }
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]"), Self.isPort(text[text.index(after: end)...]) else {
        return nil
      }
      self.init(String(text[text.index(after: text.startIndex)..<end]))
      guard !isIPv4 else { return nil }
      return
    }
    guard let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon else {
      self.init(text)
      return
    }
    guard Self.isPort(text[colon...]) else { return nil }
    self.init(String(text[..<colon]))
  }

  /// Nothing, or a colon and a port.
  private static func isPort(_ text: Substring) -> Bool {
    text.isEmpty
      || text.first == ":" && (2...6).contains(text.utf8.count)
        && text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
        && (UInt16(text.dropFirst()) != nil)
  }
}

// SPDX-License-Identifier: Apache-2.0

/// The proxies whose word about a client's address is taken: Kong's `trusted_ips`, `real_ip_header` and
/// `real_ip_recursive`, with the rules of nginx's realip module.
package struct TrustedAddresses: Sendable {
  package let blocks: [AddressBlock]
  /// The last address that is not a proxy's, instead of the last one.
  package let isRecursive: Bool

  package init(_ blocks: [AddressBlock] = [], isRecursive: Bool = false) {
    self.blocks = blocks
    self.isRecursive = isRecursive
  }

  package func contains(_ address: ClientAddress) -> Bool {
    switch address {
    case .ip(let address): blocks.contains { $0.contains(address) }
    case .unix: blocks.contains(.unix)
    case .unknown: false
    }
  }

  /// The client's address as its proxies tell it.
  ///
  /// - Parameters:
  ///   - peer: who connected. When it is not trusted, it is the client.
  ///   - values: of the header that tells, in the order of its lines. What is no address ends the search.
  package func client(
    of peer: ClientAddress, _ values: some BidirectionalCollection<some Collection<UInt8>>
  ) -> ClientAddress {
    var address = peer
    for value in values.reversed() {
      for element in value.split(separator: UInt8(ascii: ",")).reversed() {
        let element = element.trimmed
        // As nginx: an empty element between commas is none.
        guard !element.isEmpty else { continue }
        guard contains(address), let next = IPAddress(element: element) else { return address }
        address = .ip(next)
        guard isRecursive else { return address }
      }
    }
    return address
  }
}

extension Collection<UInt8> {
  /// Without spaces and tabs around it.
  fileprivate var trimmed: [UInt8] {
    let front = drop { $0 == 0x20 || $0 == 0x09 }
    return Array(front.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed())
  }
}

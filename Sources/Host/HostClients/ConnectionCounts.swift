// SPDX-License-Identifier: Apache-2.0

/// How many clients are connected, in all and from one address, and how many may be.
package struct ConnectionCounts: Sendable {
  /// Why one more is too many. The raw value is the stable code for logs and counters.
  package enum Refusal: String, Error, Sendable, CaseIterable {
    case total = "too-many-connections"
    case address = "too-many-connections-of-address"
  }

  private let limit: Int
  private let limitOfAddress: Int?
  package private(set) var total = 0
  /// Kept only where it is limited.
  private var byAddress: [IPAddress: Int] = [:]

  /// - Parameter limitOfAddress: nil: as many as there may be at all.
  package init(limit: Int, limitOfAddress: Int?) {
    self.limit = limit
    self.limitOfAddress = limitOfAddress
  }

  /// A client connects. Each that was not refused leaves once, with the same address.
  ///
  /// - Parameter address: nil when there is none to count by: that of a proxy, which speaks for many.
  package mutating func enter(_ address: IPAddress?) throws(Refusal) {
    guard total < limit else { throw .total }
    if let address { try name(address) }
    total += 1
  }

  /// It becomes known of a connection that is counted already, without an address, whose it is.
  package mutating func name(_ address: IPAddress) throws(Refusal) {
    guard let limitOfAddress else { return }
    guard byAddress[address, default: 0] < limitOfAddress else { throw .address }
    byAddress[address, default: 0] += 1
  }

  /// - Parameter address: with which it entered, or which it was given later.
  package mutating func leave(_ address: IPAddress?) {
    total -= 1
    guard limitOfAddress != nil, let address, let count = byAddress[address] else { return }
    byAddress[address] = count > 1 ? count - 1 : nil
  }

  /// Addresses that are counted, for tests: those that left are not kept.
  var addresses: Int { byAddress.count }
}

// SPDX-License-Identifier: Apache-2.0

/// Where a connection comes from.
package enum ClientAddress: Hashable, Sendable {
  case ip(IPAddress)
  case unix
  /// The system did not say.
  case unknown

  package var ip: IPAddress? {
    guard case .ip(let address) = self else { return nil }
    return address
  }
}

extension ClientAddress: CustomStringConvertible {
  package var description: String {
    switch self {
    case .ip(let address): address.description
    case .unix: "unix:"
    case .unknown: "unknown"
    }
  }
}

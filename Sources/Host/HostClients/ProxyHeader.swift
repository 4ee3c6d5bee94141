// SPDX-License-Identifier: Apache-2.0

/// What a proxy says about the connection that it makes on behalf of another (the PROXY protocol, versions 1 and 2).
package struct ProxyHeader: Sendable, Equatable {
  /// Where the client connected from; nil: the proxy speaks for itself, or does not know.
  package var source: ClientAddress?
  package var sourcePort: UInt16?
  /// Where the client connected to.
  package var destination: ClientAddress?
  package var destinationPort: UInt16?

  package init() {}

  init(
    source: ClientAddress, sourcePort: UInt16?, destination: ClientAddress,
    destinationPort: UInt16?
  ) {
    self.source = source
    self.sourcePort = sourcePort
    self.destination = destination
    self.destinationPort = destinationPort
  }
}

/// Why bytes are no PROXY header. The raw value is the stable code for logs and counters.
package enum ProxyRefusal: String, Error, Sendable, CaseIterable {
  /// It begins like neither version.
  case missing = "proxy-header-missing"
  case malformed = "proxy-header-malformed"
  /// Longer than 107 bytes in version 1, or than 4 KiB in version 2.
  case tooLong = "proxy-header-too-long"
  case unsupportedVersion = "proxy-header-version"
  /// It did not come in time.
  case tooSlow = "proxy-header-timeout"
}

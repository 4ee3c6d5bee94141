// SPDX-License-Identifier: Apache-2.0

/// A proxy that connections to an origin go through: a tunnel to one with TLS, whole requests to one without.
package struct ForwardProxy: Hashable, Sendable {
  /// Lower case; an IPv6 address without brackets.
  package let host: String
  package let port: Int

  /// Nil: no host, or no port of TCP.
  package init?(host: String, port: Int) {
    guard !host.isEmpty, (1...65535).contains(port) else { return nil }
    self.host = host.lowercased()
    self.port = port
  }
}

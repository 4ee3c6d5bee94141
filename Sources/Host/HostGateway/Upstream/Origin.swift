// SPDX-License-Identifier: Apache-2.0

/// Where an upstream connection leads: connections to the same origin are interchangeable.
package struct Origin: Hashable, Sendable {
  package var isSecure: Bool
  /// Lower case; an IPv6 address without brackets.
  package var host: String
  package var port: Int

  package init(isSecure: Bool, host: String, port: Int) {
    self.isSecure = isSecure
    self.host = host.lowercased()
    self.port = port
  }

  /// The value of the Host header: the port only where it is not the scheme's own.
  package var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
  }
}
